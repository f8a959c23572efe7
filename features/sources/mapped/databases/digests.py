"""Digests of files."""

import hashlib
from pathlib import Path


def digest_of_file(*paths: Path) -> str:
    """Digest the bytes of the files that are there."""
    digest = hashlib.sha256()
    for path in paths:
        if path.is_file():
            with path.open("rb") as handle:
                digest.update(hashlib.file_digest(handle, "sha256").digest())
    return digest.hexdigest()
