"""Files of the canonical tables: written whole or not at all, and checked by hash."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from features.errors import SourceError

MANIFEST = "manifest.json"
_AGAIN = "nextbest ingest complete_journey --force"


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, then rename it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Give an empty folder inside ``folder``; what is still in it at the end is dropped."""
    folder.mkdir(parents=True, exist_ok=True)
    place = Path(mkdtemp(prefix=".staging-", dir=folder))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def sha256_of(path: Path) -> str:
    """Digest of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write ``manifest.json``."""
    body = json.dumps(manifest, indent=2, sort_keys=True) + "\n"
    write_atomically(folder / MANIFEST, lambda path: _write_text(path, body))


def _write_text(path: Path, body: str) -> None:
    path.write_text(body, encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read ``manifest.json``.

    Raises
    ------
    SourceError
        If it is missing or damaged.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise SourceError(
            f"No tables in {folder}: {MANIFEST} is missing.", "nextbest ingest complete_journey"
        )
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        assert isinstance(manifest["tables"], dict)
    except (ValueError, KeyError, AssertionError, TypeError) as error:
        raise SourceError(f"File {path} is damaged.", _AGAIN) from error
    return manifest


def check_file(path: Path, sha256: str) -> None:
    """Prove that a table's file is the one that was written.

    Raises
    ------
    SourceError
        If it is missing or its hash differs.
    """
    if not path.is_file():
        raise SourceError(f"File {path} is missing.", _AGAIN)
    if sha256_of(path) != sha256:
        raise SourceError(f"File {path} was altered or is corrupt (its hash differs).", _AGAIN)
