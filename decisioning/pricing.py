"""Price advantage: the discount of each candidate, chosen by incremental margin on its ladder.

Everyone in a declared class has the same ladder. What a step may read is settled when the
catalogue is loaded: no protected attribute comes near it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.action_block import ActionBlock
from decisioning.catalogue import Action, PriceStep
from decisioning.compiled import Catalogue
from decisioning.conditions import evaluate

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Prices:
    """The chosen step of each candidate; m customers, k actions.

    Parameters
    ----------
    discount
        float64 (m, k): share of the price, 0 for none.
    odds
        float64 (m, k): what the step multiplies the odds of a response by.
    price_class
        int8 (m, k): position in the action's ``price_classes``, -1 for no class.
    """

    discount: Floats
    odds: Floats
    price_class: NDArray[np.int8]

    def shift(self, response: Floats) -> Floats:
        """Turn P(response | shown) without discount into that at the chosen step."""
        return response if self.odds.strides == (0, 0) else shifted(response, self.odds)


def shifted(response: Floats, odds: Floats | float) -> Floats:
    """Multiply the odds of a probability; exact 1 leaves it as it is to the last bit."""
    moved = odds * response / (1.0 - response + odds * response)
    return np.where(odds == 1.0, response, moved)


def choose_prices(
    block: ActionBlock, catalogue: Catalogue, response: Floats, base: Floats, value: Floats
) -> Prices:
    """Choose a step for every candidate.

    Parameters
    ----------
    response, base
        float64 (m, k): P(response | shown) without discount, P(response | not shown).
    value
        float64 (k,), cents: margin of one response at full price.
    """
    shape = response.shape
    if not catalogue.laddered:
        one, none = np.broadcast_to(1.0, shape), np.broadcast_to(np.int8(-1), shape)
        return Prices(np.broadcast_to(0.0, shape), one, none)
    prices = Prices(np.zeros(shape), np.ones(shape), np.full(shape, -1, dtype=np.int8))
    for k in catalogue.laddered:
        classes = class_of(catalogue[k], block)
        prices.price_class[:, k] = classes
        for c, declared in enumerate(catalogue[k].price_classes):
            rows = np.flatnonzero(classes == c)
            bears = _bearable(block, catalogue[k], rows)
            discount, odds = best_steps(
                catalogue[k], declared.steps, response[rows, k], base[rows, k], value[k], bears
            )
            prices.discount[rows, k], prices.odds[rows, k] = discount, odds
    return prices


def class_of(action: Action, block: ActionBlock) -> NDArray[np.int8]:
    """Return each customer's price class for an action, int8 (m,): the first that holds, or -1."""
    m = len(block.subjects)
    classes = np.full(m, -1, dtype=np.int8)
    for c, declared in enumerate(action.price_classes):
        holds = np.ones(m) if declared.when is None else evaluate(declared.when, block.columns, m)
        classes[(classes < 0) & (holds == 1)] = c
    return classes


def best_steps(
    action: Action,
    steps: tuple[PriceStep, ...],
    response: Floats,
    base: Floats,
    value: float,
    bearable: Floats,
) -> tuple[Floats, Floats]:
    """Choose the step with the best incremental margin for each customer of a class.

    Of equal ones the smaller discount. A step under the floor margin, or deeper than what the
    items bear, is no step.

    Parameters
    ----------
    response, base, bearable
        float64 (rows,).

    Returns
    -------
    Discount and odds, float64 (rows,) each.
    """
    best = np.full(response.shape, -np.inf)
    discount, odds = np.zeros(response.shape), np.ones(response.shape)
    for step in sorted(steps, key=lambda s: s.discount):
        if not above_floor(action, step.discount):
            continue
        shown = shifted(response, step.odds)
        gain = (shown - base) * value - shown * step.discount * action.price
        better = (gain > best) & ((step.discount == 0.0) | (step.discount <= bearable))
        best = np.where(better, gain, best)
        discount[better], odds[better] = step.discount, step.odds
    return discount, odds


def above_floor(action: Action, discount: float) -> bool:
    """Tell whether the margin left at a discount is at least the floor; no discount always is."""
    if discount == 0.0:
        return True
    return action.value - discount * action.price >= (
        action.floor_margin * (1.0 - discount) * action.price
    )


def deepest(margin: Floats, floor_margin: float) -> Floats:
    """Return the deepest discount that leaves the floor margin; NaN for an unknown margin.

    An item of price p costs (1 - margin) p; at discount d it must leave
    ``(1 - d) p - (1 - margin) p >= floor (1 - d) p``.
    """
    return np.asarray(1.0 - (1.0 - margin) / (1.0 - floor_margin))


def _bearable(block: ActionBlock, action: Action, rows: NDArray[np.int64]) -> Floats:
    """Return the deepest discount that an item of the action bears, float64 (rows,)."""
    if not action.items:
        return np.full(rows.size, np.inf)
    told = block.margins.get(action.items)
    return np.full(rows.size, np.nan) if told is None else deepest(told[rows], action.floor_margin)
