"""What every model of a bundle says of customers: a figure, its interval, and why."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bundle.contents import Bundle
from bundle.reasons import Reason, explain
from decisioning.estimates import CustomerModel, Interval
from features.errors import SettingError

Floats = NDArray[np.float64]
PROBABILITY, CENTS = "probability", "cents"
NPS_DETRACTOR, CSAT_DISSATISFIED = "nps_detractor", "csat_dissatisfied"
SATISFACTION_MODELS: Final = frozenset({NPS_DETRACTOR, CSAT_DISSATISFIED})
"""Models of how a customer would answer, were they asked and did they answer."""


@dataclass(frozen=True)
class Score:
    """What one model says of one customer.

    Parameters
    ----------
    model, unit
        Its name; `PROBABILITY`, or `CENTS` for an amount.
    mean, low, high
        The figure with its 90 % interval.
    reasons
        What moved a probability most; none for an amount.
    """

    model: str
    unit: str
    mean: float
    low: float
    high: float
    reasons: tuple[Reason, ...]


def score_names(bundle: Bundle) -> tuple[str, ...]:
    """Return the names of the models that score customers: probabilities, then amounts."""
    return (*bundle.models, *bundle.amounts)


def scores_of(
    bundle: Bundle, profiles: Floats, names: Collection[str] | None = None, *, why: bool = True
) -> tuple[tuple[Score, ...], ...]:
    """Score customers by every model, or by some.

    A customer's scores do not depend on who is scored beside them.

    Parameters
    ----------
    profiles
        float64 (m, columns of the manifest); NaN is null, and what may not be read of a customer.
    names
        Of `score_names`; all of them for None.
    why
        Whether reasons are worked out: they cost more than the scores.

    Returns
    -------
    One tuple a customer, in the order of `score_names`; without the models that can say nothing
    of them.

    Raises
    ------
    SettingError
        If the bundle has no model of a name.
    """
    known = score_names(bundle)
    unknown = sorted(set(names or ()) - set(known))
    if unknown:
        raise SettingError(
            f"models: the bundle has no model {unknown[0]!r}.", f"name some of {', '.join(known)}."
        )
    named = _may_be_named(bundle, profiles) if why else {}
    told: list[list[Score]] = [[] for _ in range(profiles.shape[0])]
    for name in known:
        if names is None or name in names:
            for mine, score in zip(told, _of_model(bundle, name, profiles, named), strict=True):
                mine += [score] if score is not None else []
    return tuple(map(tuple, told))


def _of_model(
    bundle: Bundle, name: str, profiles: Floats, named: Mapping[str, Floats]
) -> list[Score | None]:
    classifier = bundle.models.get(name)
    model: CustomerModel = classifier or bundle.amounts[name]
    x = profiles[:, [bundle.column_positions[column] for column in model.columns]]
    said: Interval = model.predict(x)
    reasons: tuple[tuple[Reason, ...], ...] = ((),) * len(x)
    if named and classifier is not None:
        reasons = explain(classifier, x, beside=named)
    unit = CENTS if classifier is None else PROBABILITY
    figures = (said.mean.tolist(), said.low.tolist(), said.high.tolist())
    return [
        None if np.isnan(mean) else Score(name, unit, mean, low, high, why)
        for mean, low, high, why in zip(*figures, reasons, strict=True)
    ]


def _may_be_named(bundle: Bundle, profiles: Floats) -> dict[str, Floats]:
    """Return what a reason may tell beside the column it is of: nothing protected."""
    return {
        column["name"]: profiles[:, k]
        for k, column in enumerate(bundle.manifest.columns)
        if not column.get("protected")
    }
