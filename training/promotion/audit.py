"""Who moved the alias, when, from what to what, and what the gates had said."""

import getpass
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from training.promotion.gates import Gate

AUDIT: Final = "promotions.jsonl"


def write_entry(
    home: Path,
    *,
    at: int,
    act: str,
    before: str | None,
    after: str,
    gates: Sequence[Gate] = (),
    reason: str = "",
) -> None:
    """Append one line, on disk when this returns.

    Parameters
    ----------
    at
        Epoch seconds.
    act
        ``promote``, ``held back``, ``forced`` or ``rollback``.
    """
    entry = {
        "at": at,
        "who": _who(),
        "act": act,
        "before": before,
        "after": after,
        "reason": reason,
        "gates": [asdict(gate) for gate in gates],
    }
    line = json.dumps(entry, ensure_ascii=False) + "\n"
    # One write of one line in append mode: two processes cannot mix theirs.
    handle = os.open(home / AUDIT, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        os.write(handle, line.encode("utf-8"))
        os.fsync(handle)
    finally:
        os.close(handle)


def read_entries(home: Path) -> list[dict[str, Any]]:
    """Return the entries, oldest first."""
    path = home / AUDIT
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return f"user {os.getuid()}"
