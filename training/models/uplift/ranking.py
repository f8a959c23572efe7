"""How well learners rank, out of fold: Qini with its interval, by repeated cross-fitting."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol

import numpy as np
from scipy.stats import t as student

from training.models.contract import Floats, Integers
from training.models.folds import folds_by_customer
from training.models.uplift.measures import auuc, perfect_qini_area, qini, uplift_at
from training.models.uplift.scores import out_of_fold_scores
from training.models.uplift.trial import Trial

TOP: Final = 0.3
Score = Callable[[Floats], Floats]
"""Scores rows (m, p) as (m,)."""
Rank = Callable[[Trial, int], Score]
"""Learns a ranking from rows, with a seed."""


class Progress(Protocol):
    """Called after each fit."""

    def __call__(self, done: str) -> object:
        """Say what was fitted."""


@dataclass(frozen=True)
class Figure:
    """A figure with its standard error and 95 % interval."""

    value: float
    error: float
    low: float
    high: float


@dataclass(frozen=True)
class OutOfFold:
    """Scores of rows by models that saw neither them nor other rows of their customer.

    Parameters
    ----------
    trial
        The rows, n of them.
    part
        int64 (repeats, n): the fold of each row.
    scores
        By learner, float64 (repeats, n).
    robust
        float64 (n,): doubly robust scores.
    """

    trial: Trial
    part: Integers
    scores: Mapping[str, Floats]
    robust: Floats

    def folds(self, name: str) -> dict[str, Floats]:
        """Return Qini, AUUC and uplift of the first 30 % of every fold, float64 (folds,) each."""
        t, found = self.trial, []
        for part, scores in zip(self.part, self.scores[name], strict=True):
            for fold in range(int(part.max()) + 1):
                at = np.flatnonzero(part == fold)
                of = t.y[at], scores[at], t.contacted[at]
                w = t.weight[at]
                found.append((qini(*of, w), auuc(*of, w), uplift_at(*of, TOP, w)))
        return dict(zip(("qini", "auuc", "uplift_at_30"), np.array(found).T, strict=True))

    @cached_property
    def gains(self) -> dict[str, Floats]:
        """What each row adds to the Qini coefficient of each learner, float64 (n,); mean over rows.

        The area between Qini curve and diagonal is the covariance of a customer's uplift with
        their rank (Yadlowsky et al. 2025). With doubly robust scores for the uplift it varies less
        than by counting, and is a mean over rows: pairs of learners can be compared row by row.
        Ranks are of a fold, and means over the repetitions.
        """
        t = self.trial
        away = t.weight * (self.robust - np.average(self.robust, weights=t.weight))
        full = perfect_qini_area(t.y, t.contacted, t.weight)
        unit = t.share * len(t) ** 2 / full if full else np.nan
        return {
            name: unit * away * _mean_ranks(self.part, told, t.weight)
            for name, told in self.scores.items()
        }

    @cached_property
    def effects(self) -> Floats:
        """What each row adds to the average effect, float64 (n,)."""
        return np.asarray(self.trial.weight * self.robust)

    def figure(self, parts: Floats) -> Figure:
        """Sum up what rows add; a customer's rows depend on one another."""
        error = float(np.sqrt(self.covariance(parts[:, None])[0, 0]))
        value = float(parts.mean())
        return Figure(value, error, value - _Z95 * error, value + _Z95 * error)

    def covariance(self, parts: Floats) -> Floats:
        """Return the covariance of the means of parts (n, k), float64 (k, k), by customer."""
        _, code = np.unique(self.trial.customer, return_inverse=True)
        away = parts - parts.mean(axis=0)
        sums = np.column_stack([np.bincount(code, column) for column in away.T])
        return np.asarray(sums.T @ sums) / len(parts) ** 2


_Z95: Final = 1.959963984540054


def cross_fit(
    trial: Trial,
    ranks: Mapping[str, Rank],
    *,
    folds: int,
    repeats: int,
    seed: int,
    progress: Progress | None = None,
) -> OutOfFold:
    """Score every row by every learner, `repeats` times over other cuts into folds."""
    part = np.stack([folds_by_customer(trial.customer, folds, seed + r) for r in range(repeats)])
    scores = {name: np.empty(part.shape) for name in ranks}
    for repeat in range(repeats):
        for fold in range(folds):
            left = part[repeat] == fold
            known = trial.take(~left)
            for name, rank in ranks.items():
                scores[name][repeat, left] = rank(known, seed + repeat)(trial.x[left])
                if progress is not None:
                    progress(name)
    return OutOfFold(trial, part, scores, out_of_fold_scores(trial, seed))


def over_folds(values: Floats, folds: int) -> Figure:
    """Mean of a figure over the folds of repeated cross-fitting, with its 95 % interval.

    The folds' models share their rows: the variance is that of Nadeau & Bengio (2003), which adds
    the share of test rows to that of training rows, with Student's t of one repetition less.

    Parameters
    ----------
    values
        float64 (folds x repetitions,).
    """
    error = float(np.sqrt(values.var(ddof=1) * (1.0 / values.size + 1.0 / (folds - 1.0))))
    value, half = float(values.mean()), float(student.ppf(0.975, values.size - 1)) * error
    return Figure(value, error, value - half, value + half)


def _mean_ranks(parts: Integers, scores: Floats, weight: Floats) -> Floats:
    """Return ranks in the fold, -1/2 (last) to 1/2 (first), mean over repetitions, float64 (n,)."""
    ranks = np.empty(scores.shape)
    for part, told, found in zip(parts, scores, ranks, strict=True):
        for fold in range(int(part.max()) + 1):
            at = np.flatnonzero(part == fold)
            found[at] = _ranks(told[at], weight[at])
    return np.asarray(ranks.mean(axis=0))


def _ranks(scores: Floats, weight: Floats) -> Floats:
    """Return the share of the weight that scores less, -1/2 to 1/2; half of what scores equal."""
    _, code = np.unique(scores, return_inverse=True)
    mine = np.bincount(code, weight)
    return np.asarray(((mine.cumsum() - 0.5 * mine) / mine.sum() - 0.5)[code])
