"""For how many of a bundle's customers each condition of a catalogue holds."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bundle.contents import STANDARD_MODELS, Bundle, probability_column
from decisioning.catalogue import Action
from decisioning.conditions import Condition, column_names, truth

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Share:
    """Of how many customers a condition is true, and of how many unknown; shares of all."""

    true: float
    unknown: float


def eligible_shares(bundle: Bundle, actions: Iterable[Action]) -> dict[str, Share]:
    """Evaluate the conditions of a catalogue on the profiles of a bundle.

    Returns
    -------
    dict
        By action_id, for ``eligible_when``; by ``action_id/class`` for the ``when`` of a class.
        Conditions that are left out are not in it.
    """
    conditions = dict(_conditions(actions))
    m = len(bundle.customers.ids)
    if not m:
        return {}
    columns = _columns(bundle, {n for c in conditions.values() for n in column_names(c)})
    shares = {}
    for name, condition in conditions.items():
        held = truth(condition, columns, m)
        true, false = float(held.true.mean()), float(held.false.mean())
        shares[name] = Share(true, 1.0 - true - false)
    return shares


def _conditions(actions: Iterable[Action]) -> Iterator[tuple[str, Condition]]:
    for action in actions:
        if action.eligible_when is not None:
            yield action.action_id, action.eligible_when
        for price_class in action.price_classes:
            if price_class.when is not None:
                yield f"{action.action_id}/{price_class.name}", price_class.when


def _columns(bundle: Bundle, read: set[str]) -> Mapping[str, Floats]:
    profiles = bundle.customers.profiles
    columns = {name: profiles[:, k] for name, k in bundle.column_positions.items()}
    unfitted = np.full(profiles.shape[0], np.nan)
    columns |= {probability_column(name): unfitted for name in STANDARD_MODELS}
    for name, model in bundle.models.items():
        if probability_column(name) in read:
            positions = np.array([bundle.column_positions[c] for c in model.columns])
            columns[probability_column(name)] = model.score(profiles, positions).mean
    if read & set(bundle.amounts):
        columns |= {name: said.mean for name, said in bundle.said_amounts(profiles).items()}
    return columns
