"""Complete Journey's lines, filtered, and what is known before one of each household's baskets."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.recommenders.baskets import Asked
from benchmarks.recommenders.baskets_ranker import Context
from decisioning.recommender.histories import Histories

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

DAY: Final = 86_400
MIN_BASKETS, MIN_LINES = 5, 10
WINDOWS: Final = (7, 28, 90)
POPULAR_DAYS: Final = 14
SEASON: Final = (
    *(f"sold_{days}d" for days in WINDOWS),
    "sold_trend_7d",
    "sold_trend_28d",
    "weekday",
    "hour",
)


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


def lag(lines: Lines, k: int) -> tuple[Asked, Context]:
    """Return what is known before each user's basket that k follow, and that basket.

    Users without a basket before it are left out. Ages are days before that basket.
    """
    past, target = lines.to_come > k, lines.to_come == k
    n = int(lines.user.max()) + 1
    moment = np.zeros(n, dtype=np.int64)
    moment[lines.user[target]] = lines.time[target]
    user = lines.user[past]
    everybody = Histories(
        pointer=np.r_[0, np.cumsum(np.bincount(user, minlength=n))].astype(np.int64),
        item=lines.item[past],
        age=((moment[user] - lines.time[past]) / DAY).astype(np.float32),
        basket=lines.basket[past],
        weight=np.ones(user.size, dtype=np.float32),
        n_items=lines.n_items,
    )
    truth = np.sort(lines.user[target] * lines.n_items + lines.item[target])
    asked = np.unique(user)
    return Asked(everybody, truth).of(asked), season(lines, past, moment[asked])


def season(lines: Lines, past: NDArray[np.bool_], moment: I64) -> Context:
    """Count what sold before each moment, int64 (subjects,), in whole days before its own day."""
    zero = int(lines.time.min()) // DAY
    today, hour = moment // DAY - zero, (moment % DAY / 3600).astype(np.float32)
    sold = np.zeros((int(lines.time.max()) // DAY - zero + 2, lines.n_items), dtype=np.float32)
    np.add.at(sold, (lines.time[past] // DAY - zero + 1, lines.item[past]), 1)
    sold = np.cumsum(sold, axis=0)

    def popular(subjects: I64) -> F32:
        day = today[subjects]
        return np.asarray(sold[day] - sold[np.maximum(day - POPULAR_DAYS, 0)])

    def columns(subjects: I64, item: I64) -> list[F32]:
        day = today[subjects]
        week, month, quarter = (
            sold[day, item] - sold[np.maximum(day - w, 0), item] for w in WINDOWS
        )
        trends = [(week + 1) / (month / 4 + 1), (month + 1) / (quarter / (90 / 28) + 1)]
        weekday = (day + zero) % 7
        return [week, month, quarter, *trends, weekday.astype(np.float32), hour[subjects]]

    return Context(SEASON, columns, popular)
