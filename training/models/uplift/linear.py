"""S-, T-, X- and DR-learners over logistic and ridge regression.

References
----------
Kunzel et al. (2019), Metalearners for estimating heterogeneous treatment effects (S, T, X);
Kennedy (2023), Towards optimal doubly robust estimation of heterogeneous causal effects (DR).
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from decisioning.customers.linear import Design
from decisioning.customers.uplift import AS_IT_IS, LinearUplift
from training.models.contract import Floats
from training.models.uplift.bayes import DEVIATION, by_column, fit_logistic, fit_ridge
from training.models.uplift.layout import lay_out
from training.models.uplift.scores import (
    of_groups,
    out_of_fold_scores,
    tell,
    with_constant,
)
from training.models.uplift.trial import Trial

Learn = Callable[[Trial, int], LinearUplift]


def s_logistic(trial: Trial, seed: int) -> LinearUplift:
    """One logistic regression, with the contact and its products with every term.

    Terms and products are shrunk apart, so that a contact which changes everybody alike shows as
    such. The contact is coded -1/2 and 1/2: both groups are shrunk alike.
    """
    design = lay_out(trial)
    terms = with_constant(design.lay(trial.x))
    q = terms.shape[1]
    half = np.where(trial.contacted, 0.5, -0.5)[:, None]
    group = np.r_[-1, np.full(q - 1, len(trial.columns)), by_column(design.source)]
    found = fit_logistic(np.hstack([terms, half * terms]), trial.y, trial.information, group)
    spread = _root(found.covariance)
    main, product = spread[:q], 0.5 * spread[q:]
    level, change = found.mean[:q], 0.5 * found.mean[q:]
    return _model(design, 1, level + change, level - change, main + product, main - product)


def t_logistic(trial: Trial, seed: int) -> LinearUplift:
    """Two logistic regressions, one of the contacted and one of the others."""
    design = lay_out(trial)
    held, shown = of_groups(design, trial)
    none = np.zeros_like(shown.covariance)
    return _model(
        design, 1, shown.mean, held.mean,
        np.hstack([_root(shown.covariance), none]), np.hstack([none, _root(held.covariance)]),
    )  # fmt: skip


def x_ridge(trial: Trial, seed: int) -> LinearUplift:
    """Regress what each row gained on the other group's model; mean of the two groups' answers.

    Each is weighted by the share of the other group, which is what the first step lacked. The
    error is that of the first step's two models, at the mean slope of their probabilities: what
    is regressed has their error in it, and does not show it.
    """
    design = lay_out(trial)
    first = of_groups(design, trial)
    told = tell(design, first, trial.x)
    gained = np.where(trial.contacted, trial.y - told[:, 0], told[:, 1] - trial.y)
    terms, information, share = with_constant(design.lay(trial.x)), trial.information, trial.share
    group, guess = by_column(design.source), _guess(trial)
    of_shown, of_held = (
        fit_ridge(terms[rows], gained[rows], information[rows], group, guess)
        for rows in (trial.contacted, ~trial.contacted)
    )
    mean = (1.0 - share) * of_shown.mean + share * of_held.mean
    slopes = (told * (1.0 - told)).mean(axis=0)
    spread = np.hstack(
        [slope * _root(model.covariance) for slope, model in zip(slopes, first, strict=True)]
    )
    return _model(design, 0, mean, np.zeros_like(mean), spread, np.zeros_like(spread))


def dr_ridge(trial: Trial, seed: int) -> LinearUplift:
    """Regress doubly robust scores."""
    design = lay_out(trial)
    scores = out_of_fold_scores(trial, seed)
    terms = with_constant(design.lay(trial.x))
    group, guess = by_column(design.source), _guess(trial)
    found = fit_ridge(terms, scores, trial.information, group, guess)
    spread = _root(found.covariance)
    return _model(design, 0, found.mean, np.zeros_like(found.mean), spread, np.zeros_like(spread))


LINEAR: Final[Mapping[str, Learn]] = {
    "s_logistic": s_logistic,
    "t_logistic": t_logistic,
    "x_ridge": x_ridge,
    "dr_ridge": dr_ridge,
}
"""Simple ones first."""


def _guess(trial: Trial) -> float:
    """Return what moves the log-odds by `DEVIATION`, as a difference of probabilities."""
    rate = float(trial.y.mean())
    return DEVIATION * rate * (1.0 - rate)


def _root(covariance: Floats) -> Floats:
    """Return R with R @ R.T = covariance."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def _model(design: Design, logistic: int, *parts: Floats) -> LinearUplift:
    shown, held, shown_spread, held_spread = parts
    return LinearUplift(
        **vars(design),
        logistic=logistic,
        shown=shown,
        held=held,
        shown_spread=shown_spread,
        held_spread=held_spread,
        calibration=np.array(AS_IT_IS),
    )
