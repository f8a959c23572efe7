"""Figures of a model's held-out rows, whole and by group."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from decisioning.policy import DAY
from training.as_of import date_text
from training.held_out import HeldOutModel
from training.models.metrics import expected_calibration_error

Floats = NDArray[np.float64]
LEAST: Final = 30
"""A group of fewer customers is not shown: its figures would be noise, and might be a person."""
TOP: Final = 0.2
"""Share of customers that a campaign would take, for the rates of selection."""


@dataclass(frozen=True)
class GroupFigures:
    """One group's figures.

    Parameters
    ----------
    name
        Of the group.
    customers, rows
        Counts.
    came, said
        Mean outcome, mean prediction.
    taken
        Share among the highest predictions, ``TOP`` of all.
    auc, ece
        NaN where only one outcome occurs, or for an amount.
    """

    name: str
    customers: int
    rows: int
    came: float
    said: float
    taken: float
    auc: float
    ece: float


def by_group(model: HeldOutModel, groups: NDArray[np.str_]) -> Iterator[GroupFigures]:
    """Yield the figures of each group of rows, in the groups' order; "" is in none.

    Parameters
    ----------
    groups
        Strings (rows,).
    """
    scored = ~np.isnan(model.mean)
    if not scored.any():
        return
    taken = model.mean >= np.quantile(model.mean[scored], 1 - TOP)
    for name in np.unique(groups[groups != ""]).tolist():
        mine = (groups == name) & scored
        customers = int(np.unique(model.customers[mine]).size)
        if customers >= LEAST:
            yield _figures(name, customers, model, mine, taken)


def segment_groups(model: HeldOutModel, segment_of: Mapping[str, str]) -> NDArray[np.str_]:
    """Return the segment of each row's customer, "" for none."""
    return np.array([segment_of.get(c, "") for c in model.customers.tolist()], dtype=str)


def time_groups(model: HeldOutModel) -> NDArray[np.str_]:
    """Return the moment of each row as a date; its week's first day where there are many."""
    moments = np.unique(model.as_of)
    week = 7 * DAY if moments.size > 12 else 1
    return np.array([date_text(int(t) // week * week) for t in model.as_of], dtype=str)


def lift_table(model: HeldOutModel, groups: int = 10) -> list[tuple[float, float, float]]:
    """Return tenths of the rows, highest prediction first: (mean said, mean came, lift).

    Lift is the tenth's mean outcome over everybody's.
    """
    scored = np.flatnonzero(~np.isnan(model.mean))
    order = scored[np.argsort(-model.mean[scored], kind="stable")]
    everybody = float(model.y[order].mean()) if order.size else np.nan
    parts = [part for part in np.array_split(order, groups) if part.size]
    means = [(float(model.mean[part].mean()), float(model.y[part].mean())) for part in parts]
    return [(said, came, came / everybody if everybody else np.nan) for said, came in means]


def heaviest(model: HeldOutModel, n: int = 15) -> Sequence[tuple[str, float]]:
    """Return the columns of the largest share of gain, the largest first."""
    return sorted(model.importance.items(), key=lambda one: (-one[1], one[0]))[:n]


def _figures(
    name: str,
    customers: int,
    model: HeldOutModel,
    mine: NDArray[np.bool_],
    taken: NDArray[np.bool_],
) -> GroupFigures:
    y, said = model.y[mine], model.mean[mine]
    binary = model.kind == "propensity" and 0 < y.sum() < y.size
    return GroupFigures(
        name,
        customers,
        int(y.size),
        float(y.mean()),
        float(said.mean()),
        float(taken[mine].mean()),
        float(roc_auc_score(y, said)) if binary else float("nan"),
        expected_calibration_error(y, said) if binary else float("nan"),
    )
