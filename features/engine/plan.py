"""What a run is to build, and the digest that says whether a run left behind is the same."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from features.buckets import bucket_name
from features.definitions import FAMILIES
from features.render import render, render_cross
from features.schemas import TABLES
from features.standing import visible_files
from features.storage import TableFile, combined_digest, read_manifest, sha256_of
from features.tables import comment_scores_path

PLAN = "_plan.json"
"""The underscore keeps it out of what reads the folder as one Parquet set."""
_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Plan:
    """One set of snapshots.

    Parameters
    ----------
    tables_dir
        The canonical tables.
    out
        Folder of the result: ``bucket=NN.parquet`` and ``_plan.json``; ``.work`` during a run.
    as_of
        Epoch seconds, UTC; sorted, without repeats.
    honour_consents, columns
        As for :func:`features.snapshot.build_snapshot`.
    known_at
        Rows that came in later are left out; None for all.
    memory_limit
        Bytes that the process may take.
    """

    tables_dir: Path
    out: Path
    as_of: tuple[int, ...]
    honour_consents: bool
    columns: tuple[str, ...] | None
    known_at: int | None
    memory_limit: int

    @cached_property
    def text(self) -> str:
        """The query over one or more whole customers."""
        return render(FAMILIES, self.columns, honour_consents=self.honour_consents)

    @cached_property
    def cross(self) -> Mapping[str, str]:
        """Table -> SELECT, made of all customers' rows."""
        return render_cross(FAMILIES, self.columns, honour_consents=self.honour_consents)

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """Of the tables, as it stood when it was first asked for."""
        return read_manifest(self.tables_dir)

    @cached_property
    def files(self) -> Mapping[str, Sequence[TableFile]]:
        """Table -> its files that were known by ``known_at``."""
        return {name: visible_files(self.manifest, name, self.known_at) for name in TABLES}

    @property
    def buckets(self) -> int:
        """How many buckets the tables have."""
        return int(self.manifest["buckets"])

    @property
    def work(self) -> Path:
        """Folder of what is kept between the passes of a run; dropped at the end."""
        return self.out / ".work"

    def bucket_path(self, bucket: int) -> Path:
        """Return where the rows of a bucket's customers go."""
        return self.out / f"bucket={bucket_name(bucket)}.parquet"

    @cached_property
    def fingerprint(self) -> str:
        """Digest of all that decides the result: data, moments, options and this package."""
        scores = comment_scores_path(self.tables_dir)
        told = {
            "tables": {name: combined_digest(files) for name, files in self.files.items()},
            "comment_scores": sha256_of(scores) if scores.is_file() else "",
            "buckets": self.buckets,
            "as_of": self.as_of,
            "text": self.text,
            "cross": dict(self.cross),
            "package": _package_digest(),
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def make_plan(
    tables_dir: Path,
    as_of: Sequence[int],
    out: Path,
    known_at: int | None,
    honour_consents: bool,
    columns: Sequence[str] | None,
    memory_limit: int,
) -> Plan:
    """Put what was asked for in its one order."""
    if not as_of:
        raise ValueError("as_of must name at least one moment (epoch seconds, UTC)")
    chosen = None if columns is None else tuple(columns)
    moments = tuple(sorted(set(as_of)))
    return Plan(tables_dir, out, moments, honour_consents, chosen, known_at, memory_limit)


def _package_digest() -> str:
    # Identity, views and storage have a say in the values too: any change of code counts.
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\n" + path.read_bytes())
    return digest.hexdigest()
