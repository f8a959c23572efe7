"""The manifest: what a bundle is, what it was made from, and the hash of its every file."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from features.errors import BundleError

FORMAT: Final = 4
NAME: Final = "manifest.json"
_ERASED: Final = "erased"
_REMEDY: Final = "roll back (`nextbest rollback`) or train again (`nextbest train`)."


@dataclass(frozen=True)
class Manifest:
    """Facts about a bundle.

    Parameters
    ----------
    bundle_version, policy_version
        Hashes of the content: equal content, equal version.
    as_of
        Epoch seconds UTC; nothing at or after it was seen.
    data_hashes
        SHA-256 of each canonical table used.
    columns
        Snapshot columns, ``{"name", "purpose", "protected"}``, in the order of the profiles; the
        last is true for what may never enter a price.
    models
        What says a probability: name to the columns it reads.
    amounts
        What says an amount: the same.
    recommenders
        Models of the recommender: name to its type, of ``bundle.recommenders.TYPES``.
    metrics
        Measured at training, on rows later than those fitted.
    files
        Relative path to SHA-256.
    erased
        Of files from which persons were erased since: relative path to the SHA-256 that counts
        in place of the above. It does not enter ``bundle_version``: the models are the same, and
        records name it.
    """

    bundle_version: str
    policy_version: str
    as_of: int
    data_hashes: dict[str, str]
    columns: list[dict[str, Any]]
    models: dict[str, list[str]]
    amounts: dict[str, list[str]]
    recommenders: dict[str, str]
    metrics: dict[str, float]
    files: dict[str, str]
    simulated: list[str]
    format: int = FORMAT
    erased: dict[str, str] = field(default_factory=dict)


def write_manifest(directory: Path, facts: dict[str, Any]) -> Manifest:
    """Hash every file of the directory and write its manifest."""
    files = {
        path.relative_to(directory).as_posix(): file_hash(path)
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.name != NAME
    }
    policy = {name: files[name] for name in ("actions.yaml", "policy.yaml")}
    content = {
        **facts,
        "bundle_version": None,
        "files": files,
        "format": FORMAT,
        "policy_version": _digest(policy),
    }
    manifest = Manifest(**{**content, "bundle_version": _digest(content)})
    told = asdict(manifest)
    del told["erased"]
    (directory / NAME).write_text(json.dumps(told, indent=1, sort_keys=True), encoding="utf-8")
    return manifest


def read_manifest(directory: Path) -> Manifest:
    """Read a manifest and check every file against it.

    Raises
    ------
    BundleError
        If there is no manifest, it is of another format, or a file is missing or altered.
    """
    try:
        content = json.loads((directory / NAME).read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise BundleError(
                f"The bundle has format {content['format']}, this version reads {FORMAT}.", _REMEDY
            )
        manifest = Manifest(**content)
        # Its own version is the digest of all else it says: purposes drive the masking of
        # columns, so a manifest altered by hand must not pass.
        said = {name: told for name, told in content.items() if name != _ERASED}
        if manifest.bundle_version != _digest({**said, "bundle_version": None}):
            raise BundleError("The bundle's manifest was altered.", _REMEDY)
    except OSError as error:
        raise BundleError(f"No bundle in {directory} ({error.strerror}).", _REMEDY) from error
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"{directory / NAME} cannot be read ({error}).", _REMEDY) from error
    for name, expected in manifest.files.items():
        path = directory / name
        if not path.is_file() or file_hash(path) != manifest.erased.get(name, expected):
            raise BundleError(f"{name} in the bundle does not match its manifest.", _REMEDY)
    return manifest


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True).encode()
    return hashlib.sha256(text).hexdigest()[:12]
