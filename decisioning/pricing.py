"""Price advantage: the discount of each candidate, chosen by incremental margin on its ladder.

Everyone in a declared class has the same ladder. What a step may read is settled when the
catalogue is loaded: no protected attribute comes near it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.action_block import ActionBlock
from decisioning.catalogue import Action
from decisioning.compiled import Catalogue
from decisioning.ladders import Ladders

Floats = NDArray[np.float64]

_AT_ONCE: Final = 512
"""Customers whose steps are compared at once: their arrays stay in a processor's cache."""


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


@dataclass(frozen=True)
class _Offers:
    """What steps are chosen for: j laddered actions x m customers, each action's in a row.

    Parameters
    ----------
    response, base, bearable
        float64 (j, m): P(response | shown) without discount, P(response | not shown), and the
        deepest discount that the items bear.
    value, price
        float64 (j, 1), cents.
    """

    response: Floats
    base: Floats
    bearable: Floats
    value: Floats
    price: Floats

    def of(self, part: slice) -> "_Offers":
        """Return some of the customers."""
        held = (self.response[:, part], self.base[:, part], self.bearable[:, part])
        return _Offers(*held, self.value, self.price)


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
    classes = _classes(block, catalogue)
    row = np.where(classes < 0, 0, catalogue.ladders.first[:, None] + classes)
    offers = _offers(block, catalogue, response, base, value)
    prices = Prices(np.zeros(shape), np.ones(shape), np.full(shape, -1, dtype=np.int8))
    columns = catalogue.ladders.position
    for start in range(0, shape[0], _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        rows = row if row.shape[1] == 1 else row[:, part]
        discount, odds = _best_steps(catalogue.ladders, rows, offers.of(part))
        prices.discount[part, columns], prices.odds[part, columns] = discount.T, odds.T
    prices.price_class[:, columns] = classes.T
    return prices


def _offers(
    block: ActionBlock, catalogue: Catalogue, response: Floats, base: Floats, value: Floats
) -> _Offers:
    columns = catalogue.ladders.position
    return _Offers(
        response=np.ascontiguousarray(response[:, columns].T),
        base=np.ascontiguousarray(base[:, columns].T),
        # No discount is borne by whatever margin there is, and by an unknown one.
        bearable=np.fmax(_bearable(block, catalogue), 0.0),
        value=value[columns, None],
        price=catalogue.price[columns, None],
    )


def _classes(block: ActionBlock, catalogue: Catalogue) -> NDArray[np.int64]:
    """Return the price class of each customer for the j laddered actions, (j, m) or (j, 1)."""
    laddered = catalogue.ladders.position
    if catalogue.ladders.one_class:
        return np.zeros((laddered.size, 1), dtype=np.int64)
    told = [class_of(catalogue[k], block) for k in catalogue.ladders.asked]
    return np.stack(told)[catalogue.ladders.classed].astype(np.int64)


def class_of(action: Action, block: ActionBlock) -> NDArray[np.int8]:
    """Return each customer's price class for an action, int8 (m,): the first that holds, or -1."""
    m = len(block.subjects)
    classes = np.full(m, -1, dtype=np.int8)
    for c, declared in enumerate(action.price_classes):
        classes[(classes < 0) & (declared.holds(block.columns) == 1)] = c
    return classes


def _best_steps(ladders: Ladders, row: NDArray[np.int64], offers: _Offers) -> tuple[Floats, Floats]:
    """Choose the step with the best incremental margin for j laddered actions and m customers.

    Of equal ones the smaller discount. A step under the floor margin, or deeper than what the
    items bear, is no step; where there is none the price stays as it is.

    Parameters
    ----------
    row
        int64 (j, m) or (j, 1): which ladder.

    Returns
    -------
    Discount and odds, float64 (j, m) each.
    """
    off, odds = ladders.discount.T[:, row], ladders.odds.T[:, row]
    stands = ladders.stands.T[:, row] & (off <= offers.bearable)
    shown = shifted(offers.response, odds)
    gain = (shown - offers.base) * offers.value
    shown *= off * offers.price
    gain -= shown
    gain[~stands] = -np.inf
    best = np.maximum.reduce(gain, axis=0)
    # The first of the best: how many steps come before it. `argmax` is several times slower here.
    before = gain[0] != best
    chosen = before.astype(np.int8)
    for later in gain[1:-1]:
        before &= later != best
        chosen += before
    action, customer = np.arange(len(row))[:, None], np.arange(row.shape[1])
    nothing = best == -np.inf
    return (
        np.where(nothing, 0.0, off[chosen, action, customer]),
        np.where(nothing, 1.0, odds[chosen, action, customer]),
    )


def deepest(margin: Floats, floor_margin: float | Floats) -> Floats:
    """Return the deepest discount that leaves the floor margin; NaN for an unknown margin.

    An item of price p costs (1 - margin) p; at discount d it must leave
    ``(1 - d) p - (1 - margin) p >= floor (1 - d) p``.
    """
    return np.asarray(1.0 - (1.0 - margin) / (1.0 - floor_margin))


def _bearable(block: ActionBlock, catalogue: Catalogue) -> Floats:
    """Return the deepest discount that the items of each laddered action bear, float64 (j, m)."""
    ladders, m = catalogue.ladders, len(block.subjects)
    bears = np.full((ladders.position.size, m), np.inf)
    if ladders.goals:
        unknown = np.full(m, np.nan)
        margins = np.array([block.margins.get(goal, unknown) for goal in ladders.goals])
        floor = ladders.floor_margin[ladders.filled]
        bears[ladders.filled] = deepest(margins[ladders.goal], floor)
    return bears
