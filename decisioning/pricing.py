"""Price advantage: the discount of each candidate, chosen by incremental margin on its ladder.

Everyone in a declared class has the same ladder. What a step may read is settled when the
catalogue is loaded: no protected attribute comes near it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.action_block import ActionBlock
from decisioning.catalogue import Action
from decisioning.compiled import Catalogue
from decisioning.conditions import evaluate
from decisioning.ladders import Ladders

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

    def shift(self, response: Floats, laddered: NDArray[np.int64]) -> Floats:
        """Turn P(response | shown) without discount into that at the chosen step.

        Parameters
        ----------
        laddered
            Positions of the actions that have a ladder; nothing changes for the others.
        """
        if not laddered.size:
            return response
        shown = response.copy()
        shown[:, laddered] = shifted(response[:, laddered], self.odds[:, laddered])
        return shown


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
    if not catalogue.ladders.position.size:
        one, none = np.broadcast_to(1.0, shape), np.broadcast_to(np.int8(-1), shape)
        return Prices(np.broadcast_to(0.0, shape), one, none)
    ladders = catalogue.ladders
    classes = _classes(block, catalogue)
    row = np.where(classes < 0, 0, ladders.first + classes)
    columns = ladders.position
    at = (response[:, columns], base[:, columns], value[columns], catalogue.price[columns])
    discount, odds = _best_steps(ladders, row, *at, _bearable(block, catalogue))
    prices = Prices(np.zeros(shape), np.ones(shape), np.full(shape, -1, dtype=np.int8))
    prices.discount[:, columns], prices.odds[:, columns] = discount, odds
    prices.price_class[:, columns] = classes
    return prices


def _classes(block: ActionBlock, catalogue: Catalogue) -> NDArray[np.int64]:
    """Return the price class of each customer for the j laddered actions, (m, j) or (1, j)."""
    laddered = catalogue.ladders.position
    if catalogue.ladders.one_class:
        return np.zeros((1, laddered.size), dtype=np.int64)
    return np.stack([class_of(catalogue[k], block) for k in laddered], axis=1).astype(np.int64)


def class_of(action: Action, block: ActionBlock) -> NDArray[np.int8]:
    """Return each customer's price class for an action, int8 (m,): the first that holds, or -1."""
    m = len(block.subjects)
    classes = np.full(m, -1, dtype=np.int8)
    for c, declared in enumerate(action.price_classes):
        holds = np.ones(m) if declared.when is None else evaluate(declared.when, block.columns, m)
        classes[(classes < 0) & (holds == 1)] = c
    return classes


def _best_steps(
    ladders: Ladders,
    row: NDArray[np.int64],
    response: Floats,
    base: Floats,
    value: Floats,
    price: Floats,
    bearable: Floats,
) -> tuple[Floats, Floats]:
    """Choose the step with the best incremental margin for m customers and j laddered actions.

    Of equal ones the smaller discount. A step under the floor margin, or deeper than what the
    items bear, is no step.

    Parameters
    ----------
    row
        int64 (m, j) or (1, j): which ladder.
    response, base, bearable
        float64 (m, j).
    value, price
        float64 (j,).

    Returns
    -------
    Discount and odds, float64 (m, j) each.
    """
    best = np.full(response.shape, -np.inf)
    discount, odds = np.zeros(response.shape), np.ones(response.shape)
    # Step by step, not with an axis for steps: the arrays stay in a processor's cache.
    for step in range(ladders.discount.shape[1]):
        off, times = ladders.discount[row, step], ladders.odds[row, step]
        shown = response if (times == 1.0).all() else shifted(response, times)
        gain = (shown - base) * value
        gain -= shown * (off * price)
        better = ladders.stands[row, step] & ((off == 0.0) | (off <= bearable)) & (gain > best)
        for held, new in ((best, gain), (discount, off), (odds, times)):
            np.copyto(held, new, where=better)
    return discount, odds


def deepest(margin: Floats, floor_margin: float) -> Floats:
    """Return the deepest discount that leaves the floor margin; NaN for an unknown margin.

    An item of price p costs (1 - margin) p; at discount d it must leave
    ``(1 - d) p - (1 - margin) p >= floor (1 - d) p``.
    """
    return np.asarray(1.0 - (1.0 - margin) / (1.0 - floor_margin))


def _bearable(block: ActionBlock, catalogue: Catalogue) -> Floats:
    """Return the deepest discount that the items of each laddered action bear, float64 (m, j)."""
    laddered = catalogue.ladders.position
    bears = np.full((len(block.subjects), laddered.size), np.inf)
    for j, action in enumerate(catalogue[k] for k in laddered):
        if action.items:
            told = block.margins.get(action.items)
            bears[:, j] = np.nan if told is None else deepest(told, action.floor_margin)
    return bears
