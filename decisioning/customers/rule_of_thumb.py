"""Spend by a rule of thumb: an amount carried forward, and what became of such amounts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.estimates import Amount

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RuleOfThumb:
    """A past amount, over its time where it has one, corrected by what followed such amounts.

    Parameters
    ----------
    columns
        The amount; and the days it took, where that is not the same for everybody.
    least_days
        A shorter time than this is taken for it: a first purchase of today is no daily habit.
    knots
        float64 (k,), ascending: amounts a day.
    mean, low, high
        float64 (k,): what customers at the knots went on to spend, and 90 % of them; lines
        between the knots, and in proportion beyond the last.
    stranger
        float64 (3,): the same for who has no amount.
    """

    columns: tuple[str, ...]
    least_days: float
    knots: Floats
    mean: Floats
    low: Floats
    high: Floats
    stranger: Floats

    def predict(self, x: Floats) -> Amount:
        """Return the spend expected of each customer, see `decisioning.estimates`."""
        daily = daily_amount(x, self.least_days)
        nothing = np.isnan(x).all(axis=1)
        # In proportion beyond the last knot: whoever spends most must not be cut down to it.
        beyond = np.maximum(daily / self.knots[-1], 1.0)
        mean, low, high = (
            np.where(nothing, np.nan, np.where(
                np.isnan(daily), stranger, np.interp(daily, self.knots, curve) * beyond
            ))
            for curve, stranger in zip(
                (self.mean, self.low, self.high), self.stranger, strict=True
            )
        )  # fmt: skip
        return Amount(mean, low, high)


def daily_amount(x: Floats, least_days: float) -> Floats:
    """Return the amount a day: float64 (m, 1 or 2) to (m,), NaN where a part is null."""
    if x.shape[1] == 1:
        return np.asarray(np.maximum(x[:, 0], 0.0) / least_days)
    return np.asarray(np.maximum(x[:, 0], 0.0) / np.maximum(x[:, 1], least_days))
