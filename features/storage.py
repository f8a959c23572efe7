"""Files of the canonical tables, and the manifest that says which of them count.

A committed file is never rewritten. ``manifest.json`` is replaced atomically and is the only
commit point: a file that it does not list is left over from a run that did not end.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.errors import SourceError

MANIFEST = "manifest.json"
VERSION = 2
"""Of the layout; before 2 each table was one file, without runs."""

DAMAGED = -1

NEW = "new"
CHANGED = "changed"
GONE = "gone"
AGAIN = "nextbest ingest SOURCE --force"


@dataclass(frozen=True)
class TableFile:
    """One committed file of a table.

    Parameters
    ----------
    path
        Relative to the folder of the tables, with ``/``.
    sha256
        Of its bytes.
    rows
        How many it holds.
    run
        The run that wrote it.
    bucket
        Two digits, or ``all``.
    kind
        ``new`` rows; ``changed`` rows, which replace the rows of earlier runs with their key; or
        ``gone``: keys alone, whose rows of earlier runs no longer count.
    """

    path: str
    sha256: str
    rows: int
    run: int
    bucket: str
    kind: str


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, then rename it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """Digest of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write ``manifest.json``."""
    body = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    write_atomically(folder / MANIFEST, lambda path: _write_durably(path, body))


def _write_durably(path: Path, body: str) -> None:
    with path.open("w", encoding="utf-8") as handle:
        handle.write(body)
        handle.flush()
        os.fsync(handle.fileno())


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read ``manifest.json``.

    Raises
    ------
    SourceError
        If it is missing, damaged or of another version.
    """
    path = folder / MANIFEST
    version = manifest_version(folder)
    if version is None:
        raise SourceError(
            f"No tables in {folder}: {MANIFEST} is missing.", "nextbest ingest complete_journey"
        )
    if version == DAMAGED:
        raise SourceError(f"File {path} is damaged.", AGAIN)
    if version != VERSION:
        raise SourceError(
            f"The tables in {folder} are of version {version}; this program reads {VERSION}.",
            "nextbest ingest complete_journey",
        )
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return manifest


def manifest_version(folder: Path) -> int | None:
    """Return the version of the layout; None without a manifest, -1 for a damaged one."""
    path = folder / MANIFEST
    if not path.is_file():
        return None
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        version = int(manifest.get("version", 1))
        whole = isinstance(manifest["tables"], dict)
    except (ValueError, KeyError, AttributeError, TypeError):
        return DAMAGED
    return version if whole else DAMAGED


def table_files(entry: Mapping[str, Any]) -> tuple[TableFile, ...]:
    """Return the files of one table's entry in the manifest."""
    return tuple(TableFile(**each) for each in entry["files"])


def combined_digest(files: Iterable[TableFile]) -> str:
    """Digest of a table: of its files' names and hashes, whatever the clock said."""
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda each: each.path):
        digest.update(f"{file.path}\n{file.sha256}\n".encode())
    return digest.hexdigest()


def check_files(folder: Path, files: Iterable[TableFile]) -> None:
    """Prove that files are those that were written.

    Raises
    ------
    SourceError
        If one is missing or its hash differs.
    """
    faults = damages(folder, files)
    if faults:
        raise SourceError(next(iter(faults.values())), AGAIN)


def damages(folder: Path, files: Iterable[TableFile]) -> dict[TableFile, str]:
    """Return what is wrong with each file that is not as it was written."""
    listed = list(files)
    # Hashing releases the interpreter's lock, and many small files wait on the disk.
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        found = pool.map(lambda file: _damage(folder / file.path, file.sha256), listed)
    return {file: fault for file, fault in zip(listed, found, strict=True) if fault}


def _damage(path: Path, sha256: str) -> str:
    if not path.is_file():
        return f"File {path} is missing."
    if sha256_of(path) != sha256:
        return f"File {path} was altered or is corrupt (its hash differs)."
    return ""
