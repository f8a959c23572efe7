"""Simulated customers: traits nobody sees, and the snapshot columns that come of them.

The columns tell what customers do by themselves. What contacts cause does not enter them, so
every policy meets the same customers, and a difference between two policies is theirs alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.policy import DAY
from training.simulation.noise import generator
from training.simulation.truth_file import TRAITS

Floats = NDArray[np.float64]

WEEK: Final = 7 * DAY
START: Final = 1_704_103_200
"""Monday 1 January 2024, 10:00 UTC: the first decision."""
BURN_IN: Final = 52
COLUMNS: Final = (
    "days_since_last_purchase",
    "orders_90d",
    "orders_365d",
    "basket_value_mean_365d",
    "discount_share_365d",
    "categories_365d",
    "abandoned_carts_30d",
    "unresolved_contacts",
    "last_satisfaction",
    "days_since_last_feedback",
    "churn_probability",
)
"""What conditions of a catalogue may read: names of the registry, and the churn model's score."""


def moment(week: int) -> int:
    """Return when the decisions of a week are taken, epoch seconds UTC."""
    return START + week * WEEK


@dataclass(frozen=True)
class Customers:
    """m customers over some weeks.

    Parameters
    ----------
    traits
        By name of `TRAITS`, float64 (m,), standard normal.
    orders, carts
        int64 (`BURN_IN` + weeks, m): orders and abandoned baskets of each week.
    unresolved
        bool, the same shape: a complaint is open at the end of the week.
    satisfaction
        float64, the same shape, 0 to 1: the answer given in the week, NaN for none.
    basket, discounts, categories
        float64 (m,): mean basket in cents, share bought at a discount, breadth of taste.
    """

    traits: Mapping[str, Floats]
    orders: NDArray[np.int64]
    carts: NDArray[np.int64]
    unresolved: NDArray[np.bool_]
    satisfaction: Floats
    basket: Floats
    discounts: Floats
    categories: Floats

    @property
    def m(self) -> int:
        """How many they are."""
        return int(self.basket.size)

    def columns(self, week: int) -> dict[str, Floats]:
        """Return the snapshot as of a week's decisions, by name of `COLUMNS`, float64 (m,)."""
        now = BURN_IN + week
        year = self.orders[now - 52 : now]
        orders_365d = year.sum(axis=0).astype(np.float64)
        bought = orders_365d > 0
        days = _days_since(year > 0)
        answered = ~np.isnan(self.satisfaction[:now])
        feedback = _days_since(answered[-52:])
        gap = 365.0 / np.maximum(orders_365d, 1.0)
        columns = (
            days,
            self.orders[now - 13 : now].sum(axis=0).astype(np.float64),
            orders_365d,
            np.where(bought, self.basket, np.nan),
            np.where(bought, self.discounts, np.nan),
            np.minimum(self.categories, 2.0 * orders_365d),
            self.carts[now - 4 : now].sum(axis=0).astype(np.float64),
            self.unresolved[now - 1].astype(np.float64),
            _latest(self.satisfaction[:now], answered),
            feedback,
            np.where(bought, 1.0 / (1.0 + np.exp(1.5 - 0.5 * days / gap)), np.nan),
        )
        return dict(zip(COLUMNS, columns, strict=True))


def draw_customers(seed: int, m: int, weeks: int, season: float) -> Customers:
    """Draw m customers who live from a year before the first decision.

    Parameters
    ----------
    season
        Amplitude of the year on the log of the rate of orders.
    """
    rng = generator(seed, "customers")
    traits: dict[str, Floats] = {name: rng.standard_normal(m) for name in TRAITS}
    span = BURN_IN + weeks
    wave = season * np.array([seasonal(w - BURN_IN) for w in range(span)])
    rate = np.exp(np.log(0.3) + 0.7 * traits["frequency"][None, :] + wave[:, None])
    unresolved = _complaints(rng, traits["mood"], span)
    return Customers(
        traits=traits,
        orders=rng.poisson(rate),
        carts=rng.poisson(0.1 * np.exp(0.3 * traits["curiosity"]), size=(span, m)),
        unresolved=unresolved,
        satisfaction=_answers(rng, traits["mood"], unresolved),
        basket=np.exp(8.0 + 0.5 * traits["wealth"] + 0.15 * rng.standard_normal(m)),
        discounts=np.clip(0.3 + 0.12 * traits["price"] + 0.06 * rng.standard_normal(m), 0.0, 1.0),
        categories=rng.poisson(np.exp(2.0 + 0.4 * traits["curiosity"])).astype(np.float64) + 1.0,
    )


def seasonal(week: int) -> float:
    """Return the year's wave, -1 to 1, highest twelve weeks after the first decision."""
    return float(np.cos(2.0 * np.pi * (week - 12) / 52.0))


def _complaints(rng: np.random.Generator, mood: Floats, span: int) -> NDArray[np.bool_]:
    """Open and settle complaints: the worse the mood, the more open; a third settled a week."""
    opens = 0.02 * np.exp(-0.5 * mood)
    held = np.zeros((span, mood.size), dtype=np.bool_)
    is_open = np.zeros(mood.size, dtype=np.bool_)
    for week in range(span):
        is_open = np.where(is_open, rng.random(mood.size) > 0.33, rng.random(mood.size) < opens)
        held[week] = is_open
    return held


def _answers(rng: np.random.Generator, mood: Floats, unresolved: NDArray[np.bool_]) -> Floats:
    """Answer a survey in one week of twenty: the mood, less while a complaint is open."""
    shape = unresolved.shape
    score = 0.7 + 0.15 * mood - 0.3 * unresolved + 0.1 * rng.standard_normal(shape)
    return np.where(rng.random(shape) < 0.05, np.clip(score, 0.0, 1.0), np.nan)


def _days_since(happened: NDArray[np.bool_]) -> Floats:
    """Days from the middle of the last week in which it happened to now; NaN for never."""
    weeks_ago = np.argmax(happened[::-1], axis=0)
    return np.where(happened.any(axis=0), 7.0 * weeks_ago + 3.5, np.nan)


def _latest(values: Floats, there: NDArray[np.bool_]) -> Floats:
    last = values.shape[0] - 1 - np.argmax(there[::-1], axis=0)
    return np.where(there.any(axis=0), np.take_along_axis(values, last[None, :], 0)[0], np.nan)
