"""The price ladders of a catalogue as arrays, and the floor that every step must leave."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.catalogue import Action, PriceStep

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_NO_LADDER = (PriceStep(0.0, 1.0),)


@dataclass(frozen=True)
class Ladders:
    """The ladders of the j actions that have any, one row for each class, s steps a row.

    Parameters
    ----------
    position
        int64 (j,): of these actions in the catalogue.
    first
        int64 (j,): the row of each action's first class. Row 0 is that of no class: no discount.
    one_class
        Every one of these actions has a single class, of everybody.
    asked
        Positions of actions, one for each way to tell the classes of customers apart.
    classed
        int64 (j,): whose way each action's is, a position in ``asked``.
    discount, odds
        float64 (rows, s), the smaller discounts first.
    stands
        bool (rows, s): the step is there and leaves the floor margin.
    floor_margin
        float64 (j, 1).
    goals
        Goals whose items fill any of these actions.
    filled, goal
        int64 (f,): which of the j actions are filled by items, and the position of whose goal.
    """

    position: NDArray[np.int64]
    first: NDArray[np.int64]
    one_class: bool
    asked: tuple[int, ...]
    classed: NDArray[np.int64]
    discount: Floats
    odds: Floats
    stands: Mask
    floor_margin: Floats
    goals: tuple[str, ...]
    filled: NDArray[np.int64]
    goal: NDArray[np.int64]

    @classmethod
    def of(cls, actions: Sequence[Action]) -> "Ladders":
        """Lay out the ladders of a catalogue."""
        position = [k for k, action in enumerate(actions) if action.price_classes]
        ladders = [
            (actions[k], declared) for k in position for declared in actions[k].price_classes
        ]
        sizes = [len(actions[k].price_classes) for k in position]
        goals = tuple(dict.fromkeys(actions[k].items for k in position if actions[k].items))
        steps = [
            _NO_LADDER,
            *(tuple(sorted(d.steps, key=lambda s: s.discount)) for _, d in ladders),
        ]
        shape = (len(steps), max(len(row) for row in steps))
        discount, odds, stands = np.zeros(shape), np.ones(shape), np.zeros(shape, dtype=np.bool_)
        for i, row in enumerate(steps):
            discount[i, : len(row)] = [step.discount for step in row]
            odds[i, : len(row)] = [step.odds for step in row]
            stands[i, : len(row)] = [
                i == 0 or above_floor(ladders[i - 1][0], step.discount) for step in row
            ]
        ways = {k: tuple(c.when for c in actions[k].price_classes) for k in position}
        first = {way: k for k, way in reversed(ways.items())}
        asked = tuple(sorted(first.values()))
        return cls(
            position=np.array(position, dtype=np.int64),
            first=1 + np.cumsum([0, *sizes[:-1]], dtype=np.int64)[: len(position)],
            one_class=all(len(actions[k].price_classes) == 1 for k in position)
            and all(declared.when is None for _, declared in ladders),
            asked=asked,
            classed=np.array([asked.index(first[ways[k]]) for k in position], dtype=np.int64),
            discount=discount,
            odds=odds,
            stands=stands,
            floor_margin=np.array([actions[k].floor_margin for k in position], np.float64)[:, None],
            goals=goals,
            filled=np.array([j for j, k in enumerate(position) if actions[k].items], np.int64),
            goal=np.array(
                [goals.index(actions[k].items) for k in position if actions[k].items], np.int64
            ),
        )


def above_floor(action: Action, discount: float) -> bool:
    """Tell whether the margin left at a discount is at least the floor; no discount always is."""
    if discount == 0.0:
        return True
    return action.value - discount * action.price >= (
        action.floor_margin * (1.0 - discount) * action.price
    )
