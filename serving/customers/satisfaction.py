"""How content each customer is: what they said, or what was inferred and is marked as such.

Read from the file that ``nextbest experience`` writes; read again when it changes.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

from features.settings import Settings

FILE: Final = "customers.parquet"
_NAMES: Final = ("promoter", "detractor")


def satisfaction_of(settings: Settings | None, entries: Sequence[dict[str, Any]]) -> None:
    """Add the chances of being a promoter and a detractor to those who have scores.

    Parameters
    ----------
    settings
        Where the file is; None, or a home without it, where nothing was measured.
    entries
        ``{customer_id, scores}`` each; ``scores`` None where they may not be read.
    """
    path = settings.experience.with_name(FILE) if settings else None
    if path is None or not path.is_file():
        return
    found = path.stat()
    known = _read(path, found.st_mtime_ns, found.st_ino)
    for entry in entries:
        row = known.get(entry["customer_id"])
        if row is not None and entry["scores"] is not None:
            entry["scores"] += [_score(name, row) for name in _NAMES if row[name] is not None]


@lru_cache(maxsize=1)
def _read(path: Path, _changed: int, _inode: int) -> Mapping[str, Mapping[str, Any]]:
    columns = ["customer_id", "source", *_NAMES]
    rows = pq.read_table(path, columns=columns).to_pylist()
    return {row["customer_id"]: row for row in rows}


def _score(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "score": name,
        "kind": "satisfaction",
        "unit": "probability",
        "value": row[name],
        "low": None,
        "high": None,
        "horizon_days": None,
        "category": None,
        "action_ids": [],
        "source": row["source"],
        "reasons": [],
    }
