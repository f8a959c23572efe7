"""Why a model says what it says of a customer, in words."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bundle.models import Classifier, ScoringModel
from decisioning.customers.linear import Floats
from features.phrases.table import may_be_told, phrase_of, said

MOST: Final = 3
LEAST: Final = 0.05
"""Log odds below which a theme moves nothing that a person would notice."""


@dataclass(frozen=True)
class Reason:
    """One thing that moved a probability.

    Parameters
    ----------
    column
        The column of the theme that moved it most.
    effect
        Log odds that the theme adds to the raw score of an average customer; above 0 it speaks
        for the outcome, below 0 against it.
    en, fr
        What it says of the customer.
    """

    column: str
    effect: float
    en: str
    fr: str


def explain(model: Classifier, x: Floats, *, most: int = MOST) -> tuple[tuple[Reason, ...], ...]:
    """Return the main reasons of a batch of customers.

    The effects are Shapley values (Lundberg & Lee 2017): of trees LightGBM's own, exact
    (Lundberg et al. 2020); of a logistic regression weight times distance from the mean, which
    are they where columns are taken as independent. Columns of one theme are added up. Reasons
    for the outcome come first, largest first, and then those against it; protected columns are
    told to nobody.

    Parameters
    ----------
    x
        float64 (m, columns of the model); NaN is null.
    most
        At most so many reasons a customer.

    Returns
    -------
    One tuple a customer; empty where every input is null.
    """
    effects = contributions(model, x)
    told = np.asarray(~np.isnan(x).all(axis=1))
    return tuple(
        _reasons(model.columns, row, values, most) if known else ()
        for row, values, known in zip(effects, x, told.tolist(), strict=True)
    )


def explain_one(model: Classifier, x: Floats, *, most: int = MOST) -> tuple[Reason, ...]:
    """Return the main reasons of one customer: ``x`` is float64 (columns,)."""
    return explain(model, x[None, :], most=most)[0]


def contributions(model: Classifier, x: Floats) -> Floats:
    """Return what each column adds to each raw score, float64 (m, columns), log odds."""
    if isinstance(model, ScoringModel):
        return model.trees.contributions(x)[:, :-1]
    weighed = model.design.lay(x) * model.coefficients[1:]
    effects = np.zeros(x.shape)
    for term, column in enumerate(model.design.source.tolist()):
        effects[:, column] += weighed[:, term]
    return effects


def _reasons(
    columns: tuple[str, ...], effects: NDArray[np.float64], x: Floats, most: int
) -> tuple[Reason, ...]:
    themes: dict[str, list[int]] = defaultdict(list)
    for k, column in enumerate(columns):
        if may_be_told(column):
            themes[phrase_of(column).theme].append(k)
    values = dict(zip(columns, x.tolist(), strict=True))
    found = []
    for places in themes.values():
        effect = float(effects[places].sum())
        if abs(effect) >= LEAST:
            # The phrase is of a column that pushes the way its theme does.
            main = max(places, key=lambda k: (np.sign(effect) * effects[k], -k))
            found.append((effect, columns[main]))
    found.sort(key=lambda told: (-abs(told[0]), told[1]))
    kept = sorted(found[:most], key=lambda told: (told[0] < 0, -abs(told[0]), told[1]))
    return tuple(
        Reason(column, effect, said(column, values, "en"), said(column, values, "fr"))
        for effect, column in kept
    )
