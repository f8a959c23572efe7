"""Regressions whose penalties the data choose, and whose coefficients have a covariance.

Coefficients of a group have a normal prior with mean 0 and a precision of the group's own, which
maximises the evidence (MacKay 1992): the terms of a column that tells nothing are shrunk away, and
those of one that tells much are not. A weak prior on the precision (Tipping 2001) keeps it finite:
that nothing was found is no proof that nothing is there. The covariance is the posterior's, so an
interval made of it holds the error of shrinking too (Wahba 1983).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit

from training.models.contract import Floats, Integers

_ROUNDS: Final = 25
_CLOSE: Final = 0.02
"""Relative change of the precisions at which they are settled: what is said hardly moves then."""
DEVIATION: Final = 0.3
"""Prior guess of how much all terms together move the log-odds between customers."""
_BELIEF: Final = 2.0
"""How many terms' worth of evidence the guess is."""


@dataclass(frozen=True)
class Posterior:
    """Coefficients and their covariance.

    Parameters
    ----------
    mean
        float64 (q,).
    covariance
        float64 (q, q).
    """

    mean: Floats
    covariance: Floats


def fit_logistic(terms: Floats, y: Floats, weight: Floats, group: Integers) -> Posterior:
    """Fit P(y = 1) = expit(terms @ mean), by Newton steps between which the precisions move.

    Parameters
    ----------
    terms
        float64 (n, q).
    weight
        float64 (n,): how many observations a row is worth.
    group
        int64 (q,): the group of each term; -1 for terms that are not penalised.

    Returns
    -------
    The posterior's mode, and Laplace's covariance.
    """
    guess = _guess(group, DEVIATION)
    mean, precision = np.zeros(terms.shape[1]), _start(group)
    for _ in range(_ROUNDS):
        p = expit(terms @ mean)
        slope = terms.T @ (weight * (y - p)) - precision * mean
        bent = (terms * (weight * p * (1.0 - p))[:, None]).T @ terms
        covariance = _inverse(bent + np.diag(precision))
        step = covariance @ slope
        mean = mean + step
        before, precision = precision, _precisions(mean, covariance, precision, group, guess)
        if np.abs(step).max() < 1e-4 and _settled(before, precision):
            break
    return Posterior(mean, covariance)


def fit_ridge(
    terms: Floats, y: Floats, weight: Floats, group: Integers, deviation: float
) -> Posterior:
    """Fit y = terms @ mean + noise, noise of the variance that the residuals show.

    Parameters
    ----------
    terms, y, weight, group
        As for `fit_logistic`; y is any number.
    deviation
        Prior guess of how much all terms together move y between customers.
    """
    guess = _guess(group, deviation)
    inner, outer = (terms * weight[:, None]).T @ terms, terms.T @ (weight * y)
    squares, n = float(weight @ y**2), float(weight.sum())
    mean, precision, noise = np.zeros(terms.shape[1]), _start(group), float(np.var(y)) or 1.0
    for _ in range(_ROUNDS):
        covariance = _inverse(inner / noise + np.diag(precision))
        mean = covariance @ outer / noise
        told = float(terms.shape[1] - precision @ np.diag(covariance))
        left = squares + float(mean @ (inner @ mean - 2.0 * outer))
        before, precision = precision, _precisions(mean, covariance, precision, group, guess)
        was, noise = noise, max(left, 1e-12) / max(n - told, 1.0)
        if abs(noise - was) < _CLOSE * was and _settled(before, precision):
            break
    return Posterior(mean, covariance)


def by_column(source: Integers) -> Integers:
    """Return groups of a constant, not penalised, and of terms by their column."""
    return np.concatenate([[-1], source]).astype(np.int64)


def _start(group: Integers) -> Floats:
    return np.where(group < 0, 0.0, 1.0)


def _guess(group: Integers, deviation: float) -> float:
    """Return the prior variance of one coefficient."""
    return deviation**2 / max(int((group >= 0).sum()), 1)


def _precisions(
    mean: Floats, covariance: Floats, precision: Floats, group: Integers, guess: float
) -> Floats:
    """MacKay's update: what a group has told, over the squares of its coefficients."""
    found, told = precision.copy(), 1.0 - precision * np.diag(covariance)
    for one in np.unique(group[group >= 0]):
        mine = group == one
        evidence = _BELIEF + float(told[mine].sum())
        found[mine] = evidence / (_BELIEF * guess + float(mean[mine] @ mean[mine]))
    return found


def _settled(before: Floats, after: Floats) -> bool:
    return bool((np.abs(after - before) <= _CLOSE * np.maximum(before, 1e-12)).all())


def _inverse(matrix: Floats) -> Floats:
    # A little on the diagonal: terms that are all but equal leave the matrix all but singular.
    ridge = 1e-9 * float(np.trace(matrix)) / len(matrix)
    eye = np.eye(len(matrix))
    return np.asarray(cho_solve(cho_factor(matrix + ridge * eye), eye))
