"""Look for secrets in what is under version control: ``python scripts/scan_secrets.py [FOLDER]``.

Two ways: shapes that secrets of known kinds have, and quoted words too random to be words. What is
known to be harmless stands in ``scripts/secrets-allowed.txt``, by path and by the digest of the
finding, so that a new secret in an old file is found all the same. Needs no network.
"""

import hashlib
import math
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ALLOWED = Path(__file__).with_name("secrets-allowed.txt")
SHAPES = {
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "AWS key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{60,}\b"),
    "Slack token": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    "Google key": re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),
    "JSON web token": re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    "password in a URL": re.compile(
        r"\b[a-z][a-z0-9+]{2,}://[^\s/:@{}$<>'\"]+:(?!(?i:password)@)[^\s/@{}$<>'\"]{4,}@"
    ),
    "assigned secret": re.compile(
        r"(?i)\b(?:password|passwd|secret|api_?key|token)\w*[\"']?\s*[:=]\s*[\"']([^\"'\s{}$]{12,})[\"']"
    ),
}
RANDOM = re.compile(r"[\"']([A-Za-z0-9+/_=-]{32,})[\"']")
_BITS = 4.4
"""Entropy of a character above which a word is no word: hexadecimal reaches 4, 32 drawn bytes 5."""
_SKIPPED = {".png", ".parquet", ".npz", ".lock"}


class Finding(NamedTuple):
    """A line that looks like a secret; ``digest`` names it in the list of harmless ones."""

    path: str
    line: int
    kind: str
    digest: str


def scan_text(path: str, text: str) -> Iterator[Finding]:
    """Yield what looks like a secret in a text."""
    for number, line in enumerate(text.splitlines(), start=1):
        for kind, shape in SHAPES.items():
            for found in shape.finditer(line):
                yield Finding(path, number, kind, _digest(found.group(0)))
        for found in RANDOM.finditer(line):
            if _is_random(found.group(1)):
                yield Finding(path, number, "random text", _digest(found.group(1)))


def _is_random(word: str) -> bool:
    kinds = (any(c.isupper() for c in word), any(c.islower() for c in word),
             any(c.isdigit() for c in word))  # fmt: skip
    counts = Counter(word)
    bits = -sum(n / len(word) * math.log2(n / len(word)) for n in counts.values())
    return all(kinds) and bits > _BITS


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def scan(folder: Path, allowed: Path = ALLOWED) -> list[Finding]:
    """Return what looks like a secret in the files under version control, without the harmless."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=folder, capture_output=True, text=True, check=True
    )
    known = {tuple(line.split()[:2]) for line in _lines(allowed)}
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        path = folder / name
        if path.suffix in _SKIPPED or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [one for one in scan_text(name, text) if (one.path, one.digest) not in known]
    return found


def _lines(path: Path) -> list[str]:
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def main(arguments: list[str]) -> int:
    """Report what was found; 1 where there is something."""
    found = scan(Path(arguments[0]) if arguments else Path())
    for one in found:
        # Never the secret itself: this goes to the log of a CI.
        sys.stdout.write(f"{one.path}:{one.line}: {one.kind} ({one.digest})\n")
    if found:
        sys.stdout.write(f"{len(found)} found. Take them out, and make new ones; or, if harmless,"
                         f" add `path digest why` to scripts/{ALLOWED.name}.\n")  # fmt: skip
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
