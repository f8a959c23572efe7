"""Complete Journey's lines, as the protocol of the last basket filters them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

I64 = NDArray[np.int64]

DAY: Final = 86_400
MIN_BASKETS, MIN_LINES = 5, 10


@dataclass(frozen=True)
class Lines:
    """One element per item in a basket, sorted by user, then time.

    Parameters
    ----------
    user, item
        int64: numbered from 0.
    time
        int64: epoch seconds.
    basket, to_come
        int64: the user's baskets before this one, and after it.
    n_items, listed
        Number of items, and of lines before those of one basket and item were made one.
    """

    user: I64
    item: I64
    time: I64
    basket: I64
    to_come: I64
    n_items: int
    listed: int


def read(path: Path) -> Lines:
    """Read and filter the lines."""
    names = {"household_id": "user", "product_id": "item", "transaction_timestamp": "at"}
    frame = pd.read_parquet(path, columns=list(names)).rename(columns=names)
    frame["at"] = frame["at"].astype("datetime64[s]").astype(np.int64)
    frame = _filtered(frame)
    listed = len(frame)
    frame = frame.drop_duplicates().sort_values(["user", "at", "item"])
    user = np.unique(frame["user"], return_inverse=True)[1].astype(np.int64)
    item = np.unique(frame["item"], return_inverse=True)[1].astype(np.int64)
    at = frame["at"].to_numpy(np.int64)
    first = np.r_[True, user[1:] != user[:-1]]
    number = np.cumsum(first | np.r_[True, at[1:] != at[:-1]])
    start, end = number[first], np.r_[number[np.flatnonzero(first)[1:] - 1], number[-1]]
    return Lines(
        user, item, at, number - start[user], end[user] - number, int(item.max()) + 1, listed
    )


def _filtered(frame: pd.DataFrame) -> pd.DataFrame:
    baskets, lines = frame.groupby("user")["at"].nunique(), frame.groupby("item").size()
    frame = frame[
        frame["user"].map(baskets).ge(MIN_BASKETS) & frame["item"].map(lines).ge(MIN_LINES)
    ]
    of = frame.groupby("user")["at"].agg(["size", "min", "max"])
    days = np.ceil(1e-10 + (of["max"] - of["min"]) / DAY)
    a_day = of["size"] / days
    kept = a_day < a_day.mean() + 2 * a_day.std(ddof=0)
    kept &= of["min"] // DAY != of["max"] // DAY
    return frame[frame["user"].map(kept)]
