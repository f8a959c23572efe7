"""What is known before one of each Complete Journey household's baskets, and that basket."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.recommenders.baskets import Asked
from benchmarks.recommenders.baskets_ranker import Context
from benchmarks.recommenders.last_basket_lines import DAY, Lines
from benchmarks.recommenders.last_basket_moment import MOMENT, moment_columns
from decisioning.recommender.histories import Histories

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

WINDOWS: Final = (7, 28, 90)
POPULAR_DAYS: Final = 14
SEASON: Final = (
    *(f"sold_{days}d" for days in WINDOWS),
    "sold_trend_7d",
    "sold_trend_28d",
    "weekday",
    "hour",
)


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
    at_moment = moment_columns(lines, past, moment)
    sold = season(lines, past, moment[asked])

    def columns(subjects: I64, item: I64) -> list[NDArray[np.floating]]:
        return [*sold.columns(subjects, item), *at_moment(asked[subjects], item)]

    context = Context((*SEASON, *MOMENT), columns, sold.popular)
    return Asked(everybody, truth).of(asked), context


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

    def columns(subjects: I64, item: I64) -> list[NDArray[np.floating]]:
        day = today[subjects]
        week, month, quarter = (
            sold[day, item] - sold[np.maximum(day - w, 0), item] for w in WINDOWS
        )
        trends = [(week + 1) / (month / 4 + 1), (month + 1) / (quarter / (90 / 28) + 1)]
        weekday = (day + zero) % 7
        return [week, month, quarter, *trends, weekday.astype(np.float32), hour[subjects]]

    return Context(SEASON, columns, popular)
