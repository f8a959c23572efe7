"""Doubly robust scores: one number a row whose mean, over any group of rows, is its uplift."""

from typing import Final

import numpy as np
from scipy.special import expit

from decisioning.customers.linear import Design
from training.models.contract import Floats
from training.models.folds import folds_by_customer
from training.models.uplift.bayes import Posterior, by_column, fit_logistic
from training.models.uplift.layout import lay_out
from training.models.uplift.trial import Trial

FOLDS: Final = 5


def dr_scores(trial: Trial, told: Floats) -> Floats:
    """Return scores, float64 (n,) (Robins, Rotnitzky & Zhao 1994).

    Parameters
    ----------
    told
        float64 (n, 2): P(response) when not contacted, and when contacted, by models that did not
        see the row's outcome.
    """
    share = trial.share
    of_own = np.where(trial.contacted, told[:, 1], told[:, 0])
    lever = np.where(trial.contacted, 1.0 / share, -1.0 / (1.0 - share))
    return np.asarray(told[:, 1] - told[:, 0] + lever * (trial.y - of_own))


def out_of_fold_scores(trial: Trial, seed: int) -> Floats:
    """Return scores of which the models were fitted on other customers, float64 (n,)."""
    told = np.empty((len(trial), 2))
    part = folds_by_customer(trial.customer, FOLDS, seed)
    design = lay_out(trial)
    for fold in range(FOLDS):
        left = part == fold
        told[left] = tell(design, of_groups(design, trial.take(~left)), trial.x[left])
    return dr_scores(trial, told)


def of_groups(design: Design, trial: Trial) -> tuple[Posterior, Posterior]:
    """Fit the response of those not contacted, and of the contacted."""
    terms = with_constant(design.lay(trial.x))
    group, information = by_column(design.source), trial.information
    held, shown = (
        fit_logistic(terms[rows], trial.y[rows], information[rows], group)
        for rows in (~trial.contacted, trial.contacted)
    )
    return held, shown


def tell(design: Design, models: tuple[Posterior, Posterior], x: Floats) -> Floats:
    """Return what the two models say of rows, float64 (m, 2)."""
    terms = with_constant(design.lay(x))
    return np.asarray(expit(np.column_stack([terms @ model.mean for model in models])))


def with_constant(terms: Floats) -> Floats:
    """Put a column of ones before the terms."""
    return np.column_stack([np.ones(len(terms)), terms])
