"""Intervals for a ratio of sums over customers, whose answers are not independent.

Which interval, and why:

- **NPS, means**: percentile bootstrap over customers (Efron & Tibshirani 1993, ch. 13), as a
  customer who answers five times is one person; NPS is a difference of two shares of one
  multinomial and has no simple exact interval.
- **Shares**: Wilson's score interval (Wilson 1927; Brown, Cai & DasGupta 2001), which stays
  within 0..1 and holds its level near the ends where a bootstrap collapses to a point, on the
  effective number of answers, n / design effect (Korn & Graubard 1998).
- **Many customers**: above ``BOOTSTRAP_UP_TO`` the linearised normal interval (Woodruff 1971),
  which the bootstrap has converged to by then.
- **Few customers**: below ``MIN_CUSTOMERS`` no figure at all, only how many.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Method = Literal["bootstrap", "wilson", "linearised", "none"]

MIN_CUSTOMERS = 30
"""Fewer customers than this give no figure: percentile intervals then fall well short of 95 %."""
BOOTSTRAP_UP_TO = 20_000
REPLICATES = 1_000
Z = 1.959963984540054
_BLOCK = 4_000_000
NAN = float("nan")


@dataclass(frozen=True)
class Clusters:
    """Sums by customer.

    Parameters
    ----------
    totals, weights
        float64 (customers,): what the customer's answers add, and their weights.
    answers
        How many answers lie behind them.
    """

    totals: Floats
    weights: Floats
    answers: int

    @property
    def customers(self) -> int:
        """How many customers."""
        return int(self.totals.size)

    @property
    def ratio(self) -> float:
        """The weighted mean; NaN when there is no weight."""
        weight = self.weights.sum()
        return float(self.totals.sum() / weight) if weight > 0 else NAN

    @property
    def error(self) -> float:
        """Linearised standard error of the ratio, with customers as clusters."""
        n = self.customers
        if n < 2:
            return NAN
        residuals = self.totals - self.ratio * self.weights
        return float(np.sqrt(n / (n - 1) * np.sum(residuals**2)) / self.weights.sum())


class Figure(NamedTuple):
    """An estimate with its 95 % interval; NaN where too few customers stand behind it.

    Parameters
    ----------
    estimate, low, high
        In the measure's unit.
    n
        Answers.
    customers
        Those who gave them.
    method
        How the interval was made.
    """

    estimate: float
    low: float
    high: float
    n: int
    customers: int
    method: Method


def by_customer(
    customers: NDArray[np.int64], contributions: Floats, weights: Floats | None = None
) -> Clusters:
    """Sum contributions and weights over each customer.

    Parameters
    ----------
    customers
        int64 (answers,): codes, which need not be dense.
    contributions, weights
        float64 (answers,); weight 1 when left out.
    """
    weights = np.ones(contributions.size) if weights is None else weights
    _, code = np.unique(customers, return_inverse=True)
    count = int(code.max()) + 1 if code.size else 0
    return Clusters(
        np.bincount(code, contributions * weights, count).astype(np.float64),
        np.bincount(code, weights, count).astype(np.float64),
        int(contributions.size),
    )


def figure(
    clusters: Clusters, rng: np.random.Generator, *, share: bool = False, least: int = MIN_CUSTOMERS
) -> Figure:
    """Estimate a ratio and its 95 % interval.

    Parameters
    ----------
    rng
        Of the bootstrap.
    share
        Whether every contribution is 0 or 1.
    least
        Fewest customers for a figure.
    """
    counts = clusters.answers, clusters.customers
    if clusters.customers < least or clusters.weights.sum() <= 0:
        return Figure(NAN, NAN, NAN, *counts, "none")
    value = clusters.ratio
    if share:
        return Figure(value, *wilson(value, effective_answers(clusters)), *counts, "wilson")
    if clusters.customers > BOOTSTRAP_UP_TO:
        half = Z * clusters.error
        return Figure(value, value - half, value + half, *counts, "linearised")
    low, high = np.quantile(bootstrap(clusters, rng), (0.025, 0.975))
    return Figure(value, float(low), float(high), *counts, "bootstrap")


def bootstrap(clusters: Clusters, rng: np.random.Generator, replicates: int = REPLICATES) -> Floats:
    """Draw the ratio of resampled customers, float64 (replicates,); memory is bounded."""
    n = clusters.customers
    per_block = max(1, _BLOCK // n)
    drawn = np.empty(replicates)
    for start in range(0, replicates, per_block):
        rows = slice(start, min(start + per_block, replicates))
        picks = rng.integers(0, n, (rows.stop - rows.start, n), dtype=np.int32)
        # Every customer has a weight above 0, so no replicate divides by nothing.
        drawn[rows] = clusters.totals[picks].sum(axis=1) / clusters.weights[picks].sum(axis=1)
    return drawn


def effective_answers(clusters: Clusters) -> float:
    """Return how many independent answers would tell as much about a share.

    Never more than there are; the number of customers where all answered alike, as then no
    variance is there to be measured.
    """
    p, error = clusters.ratio, clusters.error
    if p <= 0 or p >= 1 or not error > 0:
        return float(clusters.customers)
    return float(min(p * (1 - p) / error**2, clusters.answers))


def wilson(share: float, n: float) -> tuple[float, float]:
    """Return Wilson's 95 % score interval for a share seen in ``n`` trials (n may be a fraction).

    Raises
    ------
    ValueError
        If ``share`` is outside 0..1 or ``n`` is not above 0.
    """
    if not 0 <= share <= 1 or not n > 0:
        raise ValueError(f"share={share}, n={n}: a share is in 0..1 and n above 0")
    centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    # At 0 and 1 an end is exactly the share; rounding may put it a hair to the wrong side.
    return max(0.0, min(float(centre - half), share)), min(1.0, max(float(centre + half), share))
