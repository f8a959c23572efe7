"""What a customer will spend: Pareto/NBD for how often, Gamma-Gamma for how much."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.customers.buy_till_you_die.gamma_gamma import GammaGamma, Worth
from decisioning.customers.buy_till_you_die.histories import Histories
from decisioning.customers.buy_till_you_die.pareto_nbd import ParetoNBD
from decisioning.customers.buy_till_you_die.totals import Totals, of_purchases
from decisioning.estimates import Amount

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

VALUE_COLUMNS: Final = (
    "orders_total", "purchase_span_days", "customer_age_days", "spend_total", "spend_90d",
)  # fmt: skip
_HABIT_DAYS: Final = 90.0
_HABIT_VARIATION: Final = 0.5
"""Standard deviation of the habit itself, against its mean; ``spread`` sets it right."""


@dataclass(frozen=True)
class Buyers:
    """Whom the columns of a customer's purchases say enough of, and what they say.

    Parameters
    ----------
    known
        bool (m,): who has bought, as far as the columns tell; the rest are strangers.
    histories
        Of those known, in days.
    purchases, total
        float64 (known,): orders, and what they came to, cents; both 0 where no amount is known.
    daily
        float64 (known,): cents a day in the last 90 days; NaN where that is not known.
    """

    known: Mask
    histories: Histories
    purchases: Floats
    total: Floats
    daily: Floats


def read_buyers(x: Floats) -> Buyers:
    """Read `VALUE_COLUMNS`, float64 (m, 5), NaN null.

    A history without its span is taken for evenly spaced. Returns may have eaten up an amount:
    what is not above 0 says nothing of a basket.
    """
    orders, span, age, spend, recent = (np.asarray(column) for column in x.T)
    known = np.isfinite(age) & (orders > 0)
    repeats, age = orders[known] - 1.0, age[known]
    span = np.where(np.isnan(span[known]), age * repeats / (repeats + 1.0), span[known])
    priced = spend[known] > 0
    return Buyers(
        known,
        Histories.guarded(repeats, span, age),
        np.where(priced, orders[known], 0.0),
        np.where(priced, spend[known], 0.0),
        np.maximum(recent[known], 0.0) / np.minimum(_HABIT_DAYS, np.maximum(age, 1.0)),
    )


@dataclass(frozen=True)
class BuyTillYouDie:
    """Spend within a horizon, cents.

    Parameters
    ----------
    columns
        `VALUE_COLUMNS`.
    purchases
        float64 (4,): r, alpha, s, beta of Pareto/NBD, in days.
    amounts
        float64 (3,): p, q, g of Gamma-Gamma, in cents.
    horizon_days
        Days from now that count.
    habit
        Chance that the spend of the last 90 days goes on as it was instead: those models take a
        customer's rate for constant, and a customer who changed lately has another one.
    scale
        Factor upon every total, so that later ones come out right.
    spread
        Factor upon how far bounds are from the mean, so that later intervals hold what they say.
    strangers
        float64 (3,): mean, low and high of who has not bought yet.
    """

    columns: tuple[str, ...]
    purchases: Floats
    amounts: Floats
    horizon_days: float
    habit: float
    scale: float
    spread: float
    strangers: Floats

    def totals(self, buyers: Buyers) -> Totals:
        """Return what those known will spend, before ``scale`` and ``spread``."""
        pareto = ParetoNBD(*(float(part) for part in self.purchases))
        gamma = GammaGamma(*(float(part) for part in self.amounts))
        worth = gamma.worth(buyers.purchases, buyers.total)
        constant = of_purchases(pareto.moments(buyers.histories, self.horizon_days), worth)
        carried = np.where(np.isnan(buyers.daily), constant.mean, buyers.daily * self.horizon_days)
        return constant.mixed(_going_on(carried, worth), self.habit)

    def predict(self, x: Floats) -> Amount:
        """Return the spend expected of each customer, see `decisioning.estimates`."""
        return self.corrected(x, np.ones(x.shape[0]))

    def corrected(self, x: Floats, factor: Floats) -> Amount:
        """Return `predict` with every customer's total multiplied by a factor, (m,)."""
        buyers = read_buyers(x)
        totals = self.totals(buyers).times(self.scale * factor[buyers.known])
        said = totals.amounts(self.spread)
        nothing: Mask = np.asarray(np.isnan(x).all(axis=1))
        mean, low, high = (
            _filled(buyers.known, nothing, part, float(stranger))
            for part, stranger in zip((said.mean, said.low, said.high), self.strangers, strict=True)
        )
        return Amount(mean, low, high)


def _going_on(carried: Floats, worth: Worth) -> Totals:
    """Return a total carried on: Poisson purchases, each of what the customer's are worth."""
    purchases = carried / worth.mean
    variance = purchases * (worth.within + worth.mean**2) + (_HABIT_VARIATION * carried) ** 2
    return Totals(np.exp(-purchases), carried, variance)


def _filled(known: Mask, nothing: Mask, said: Floats, stranger: float) -> Floats:
    filled = np.full(known.size, stranger)
    filled[known] = said
    filled[nothing] = np.nan
    return filled
