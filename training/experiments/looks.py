"""The effect on the same customers, looked at day after day.

What a customer has brought by Tuesday holds what they had brought by Monday, and heavy buyers stay
heavy buyers, so the looks are dependent in a way that no sequential test of independent
observations allows for. Two things are done about it:

- The chance of error is spent look by look (Lan & DeMets 1983), along
  alpha k / (k + planned / 4): four fifths are spent by the planned number of looks, and there is
  always some left, so nothing forces an end.
- The bound at each look is that of the joint distribution of all looks so far, normal with the
  covariance that the customers show within the arms; it is found by simulation. The interval is
  the repeated confidence interval of Jennison & Turnbull (1989).

Bounds of earlier looks do not change when later ones are added: a day's verdict stands.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from training.experiments.trial import Bools, Floats, Refusal, refuse

DRAWS: Final = 50_000
"""Simulated trials; the spent error is exact to sqrt(alpha / DRAWS), 0.1 points at 5 %."""


@dataclass(frozen=True)
class Looks:
    """The effect at each look, per customer.

    Parameters
    ----------
    difference, low, high
        float64 (looks,): policy less control, in the outcome's unit. Unbounded where no error was
        left to spend.
    error
        float64 (looks,): standard error.
    bound
        float64 (looks,): standard errors to each side.
    """

    difference: Floats
    low: Floats
    high: Floats
    error: Floats
    bound: Floats

    @property
    def decided_at(self) -> int | None:
        """First look whose interval leaves out 0; None while there is none."""
        found = np.flatnonzero((self.low > 0) | (self.high < 0))
        return int(found[0]) if found.size else None


def measure_looks(
    totals: Floats,
    policy: Bools,
    *,
    planned: int,
    rng: np.random.Generator,
    alpha: float = 0.05,
    draws: int = DRAWS,
) -> Looks | Refusal:
    """Follow the effect through the looks.

    Parameters
    ----------
    totals
        float64 (m, looks): what each customer had brought by each look.
    policy
        bool (m,): True in arm ``policy``.
    planned
        Looks by which four fifths of ``alpha`` are spent.
    rng
        Of the simulation; the same state gives the same bounds, whatever looks follow.
    alpha
        Chance of ever missing the truth.

    Raises
    ------
    ValueError
        If the shapes do not fit, ``planned`` is not positive or ``alpha`` not in (0, 1).
    """
    if totals.ndim != 2 or policy.shape != totals.shape[:1]:
        raise ValueError(f"totals {totals.shape}, policy {policy.shape}: give (m, looks) and (m,).")
    if planned <= 0 or not 0 < alpha < 1:
        raise ValueError(f"planned={planned}, alpha={alpha}: planned is above 0, alpha in (0, 1).")
    refused = refuse(policy, totals)
    if refused:
        return refused
    arms = totals[policy], totals[~policy]
    covariance = _covariance(arms[0]) + _covariance(arms[1])
    error = np.sqrt(np.diag(covariance))
    gap = arms[0].mean(axis=0) - arms[1].mean(axis=0)
    number = np.arange(1, gap.size + 1)
    spent = alpha * number / (number + planned / 4)
    bound = bounds(_correlation(covariance, error), spent, rng, draws)
    # A look before the first outcome has no error, and nothing to say.
    half = np.where(error > 0, bound * np.where(error > 0, error, 1.0), np.inf)
    return Looks(gap, gap - half, gap + half, error, bound)


def bounds(correlation: Floats, spent: Floats, rng: np.random.Generator, draws: int) -> Floats:
    """Return the bounds on |z|, float64 (looks,), that spend the error as told.

    Parameters
    ----------
    correlation
        float64 (looks, looks).
    spent
        float64 (looks,): share of trials without effect that may have crossed by each look.
    """
    factor = np.linalg.cholesky(correlation + 1e-9 * np.eye(len(correlation)))
    noise = np.empty((draws, spent.size), order="F")
    inside = np.arange(draws)
    found = np.full(spent.size, np.inf)
    for look, share in enumerate(spent):
        noise[:, look] = rng.standard_normal(draws)
        z = np.abs(noise[:, : look + 1] @ factor[look, : look + 1])[inside]
        crossing = int(share * draws) - (draws - inside.size)
        if crossing > 0:
            found[look] = np.partition(z, -crossing - 1)[-crossing - 1]
            inside = inside[z <= found[look]]
    return found


def _covariance(totals: Floats) -> Floats:
    """Return the covariance of the means at the looks."""
    return np.asarray(np.atleast_2d(np.cov(totals, rowvar=False)) / len(totals), np.float64)


def _correlation(covariance: Floats, error: Floats) -> Floats:
    """Return correlations; a look without variance is one of its own."""
    scale = np.where(error > 0, error, 1.0)
    made = covariance / np.outer(scale, scale)
    np.fill_diagonal(made, 1.0)
    return np.asarray(made)
