"""Why a model says what it says of a customer, in words."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

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


def explain(
    model: Classifier,
    x: Floats,
    *,
    most: int = MOST,
    beside: Mapping[str, Floats] = MappingProxyType({}),
) -> tuple[tuple[Reason, ...], ...]:
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
    beside
        Other snapshot columns by name, float64 (m,) each: a phrase may tell one beside that which
        moved the model ("usually every 12 days").

    Returns
    -------
    One tuple a customer; empty where every input is null.
    """
    effects = contributions(model, x)
    told = np.asarray(~np.isnan(x).all(axis=1))
    facts = [dict(zip(beside, row, strict=True)) for row in zip(*beside.values(), strict=True)]
    return tuple(
        _reasons(model.columns, row, values, other, most) if known else ()
        for row, values, other, known in zip(
            effects, x, facts or [{}] * len(x), told.tolist(), strict=True
        )
    )


def explain_one(
    model: Classifier,
    x: Floats,
    *,
    most: int = MOST,
    beside: Mapping[str, float] = MappingProxyType({}),
) -> tuple[Reason, ...]:
    """Return the main reasons of one customer: ``x`` is float64 (columns,); see `explain`."""
    columns = {name: np.array([value]) for name, value in beside.items()}
    return explain(model, x[None, :], most=most, beside=columns)[0]


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
    columns: tuple[str, ...], effects: Floats, x: Floats, beside: Mapping[str, float], most: int
) -> tuple[Reason, ...]:
    themes: dict[str, list[int]] = defaultdict(list)
    for k, column in enumerate(columns):
        if may_be_told(column):
            themes[phrase_of(column).theme].append(k)
    values = {**beside, **dict(zip(columns, x.tolist(), strict=True))}
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
