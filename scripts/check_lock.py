"""Check the lock: ``python scripts/check_lock.py``. Needs no network.

Every package is pinned to one version of the package index, stands once, and is not below the
version that mended a known fault (``scripts/known-bad.txt``, kept by hand); what the project asks
for is there; and no installed package has a licence that a closed shop could not bear.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from email.message import Message
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import cast

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
KNOWN_BAD = Path(__file__).with_name("known-bad.txt")
Versions = dict[str, list[str]]
"""By name: one version, or one for each environment that the lock tells apart."""
_REFUSED = re.compile(r"(?i)\b(affero|agpl|sspl|gpl[- ]?[23v]|gnu general public)")
_ALSO = re.compile(r"(?i)\b(lgpl|lesser|mit|bsd|apache|mozilla|mpl)")


def pinned(lines: list[str]) -> tuple[Versions, list[str]]:
    """Return the versions by name, and what is wrong with other lines."""
    versions: Versions = {}
    stands: set[tuple[str, str]] = set()
    faults = []
    for number, line in enumerate(lines, start=1):
        text = line.split("#")[0].strip()
        if not text:
            continue
        found = _pin(text)
        if found is None:
            faults.append(f"line {number} is not name==version: {text.split('@')[0][:60]}")
            continue
        name, version, marker = found
        if (name, marker) in stands:
            faults.append(f"line {number}: {name} stands twice")
        stands.add((name, marker))
        versions.setdefault(name, []).append(version)
    return versions, faults


def _pin(text: str) -> tuple[str, str, str] | None:
    """Return name, version and environment of a line that pins a package, else None."""
    try:
        told = Requirement(text)
    except InvalidRequirement:
        return None
    (only, *more) = [*told.specifier] or [None]
    if told.url or only is None or more or only.operator != "==" or "*" in only.version:
        return None
    return canonicalize_name(told.name), only.version, str(told.marker or "")


def outdated(versions: Versions, known: list[str]) -> Iterator[str]:
    """Yield the packages below the version that mended a known fault."""
    for line in known:
        if not line.strip() or line.startswith("#"):
            continue
        requirement, _, why = line.partition(" ")
        bad = Requirement(requirement)
        for held in versions.get(canonicalize_name(bad.name), ()):
            if Version(held) in bad.specifier:
                yield f"{bad.name} {held} is {bad.specifier}: {why}"


def unlocked(versions: Versions, project: dict[str, object]) -> Iterator[str]:
    """Yield what the project asks for and the lock does not have, or in another version."""
    asked = project["dependencies"]
    assert isinstance(asked, list)
    for text in asked:
        requirement = Requirement(text)
        held = versions.get(canonicalize_name(requirement.name), [])
        if not held:
            yield f"{requirement.name} is not in the lock"
        for version in held:
            if not requirement.specifier.contains(version, prereleases=True):
                yield f"{requirement.name} {version} is not {requirement.specifier}"


def refused_licence(name: str) -> str | None:
    """Return the licence of an installed package where it is refused, else None."""
    try:
        told = cast(Message, metadata(name))
    except PackageNotFoundError:
        return None
    classified = [c for c in told.get_all("Classifier") or () if c.startswith("License")]
    # Some put the whole text of a licence there; its first line names it.
    free = (told.get("License-Expression") or told.get("License") or "").split("\n")[0]
    text = "; ".join([free, *classified])
    return text if _REFUSED.search(text) and not _ALSO.search(text) else None


def faults_of(root: Path) -> list[str]:
    """Return everything that is wrong with the lock of a project."""
    versions, faults = pinned((root / "requirements.lock").read_text("utf-8").splitlines())
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    faults += unlocked(versions, project)
    faults += outdated(versions, KNOWN_BAD.read_text("utf-8").splitlines())
    licences = ((name, refused_licence(name)) for name in versions)
    return faults + [f"{name}: licence {licence}" for name, licence in licences if licence]


def main() -> int:
    """Report what is wrong; 1 where something is."""
    faults = faults_of(ROOT)
    for fault in faults:
        sys.stdout.write(f"requirements.lock: {fault}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
