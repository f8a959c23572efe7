"""What two sides decided, added up block by block."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from decisioning.actions import Decisions
from decisioning.compiled import Catalogue
from decisioning.reasons import PASSED, REASONS
from decisioning.scoring import baseline

Floats = NDArray[np.float64]
NOTHING = "(nothing)"
"""Stands for an empty slate; doing nothing is an action of its own."""


@dataclass
class Money:
    """What the slates of one side are expected to bring, in cents.

    Parameters
    ----------
    contacts
        Actions in slates, doing nothing aside.
    value
        Margin that the contacts are expected to add, before their cost and discount.
    cost
        Of the contacts.
    discount
        Expected to be given.
    priority
        Net of both, weighted by context and lever: what the ranking maximises.
    """

    contacts: int = 0
    value: float = 0.0
    cost: float = 0.0
    discount: float = 0.0
    priority: float = 0.0

    @property
    def net(self) -> float:
        """Value net of cost and discount."""
        return self.value - self.cost - self.discount

    def add(self, decisions: Decisions, catalogue: Catalogue) -> None:
        """Add the slates of a block."""
        row, place = np.nonzero(decisions.slate >= 0)
        action = decisions.slate[row, place]
        terms = decisions.terms
        cost = catalogue.cost[action]
        shown, discount = terms.propensity[row, action], terms.prices.discount[row, action]
        base = baseline(terms.response[row, action], terms.uplift[row, action])
        given = shown * discount * catalogue.price[action]
        self.contacts += int((~catalogue.is_none[action]).sum())
        self.cost += float(cost.sum())
        self.discount += float(given.sum())
        self.value += float(((shown - base) * terms.value[action]).sum())
        self.priority += float(terms.priority[row, action].sum())


@dataclass
class Tally:
    """Everything that is counted about a pair of sides.

    Parameters
    ----------
    catalogues
        Of the first and the second side.
    customers, changed
        Decided for, and with another slate: other actions, another order, another discount.
    in_first, in_second, gained, lost
        Customers by action_id.
    moves
        Customers by their first action on either side.
    drops
        Candidates by position in ``REASONS``, for each side.
    money
        For each side.
    """

    catalogues: tuple[Catalogue, Catalogue]
    customers: int = 0
    changed: int = 0
    in_first: Counter[str] = field(default_factory=Counter)
    in_second: Counter[str] = field(default_factory=Counter)
    gained: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    drops: tuple[Counter[int], Counter[int]] = field(default_factory=lambda: (Counter(), Counter()))
    money: tuple[Money, Money] = field(default_factory=lambda: (Money(), Money()))

    def add(self, first: Decisions, second: Decisions) -> list[int]:
        """Add a block; return which rows of it changed."""
        for side, decisions in enumerate((first, second)):
            self.money[side].add(decisions, self.catalogues[side])
            counts = np.bincount(decisions.verdict.ravel(), minlength=len(REASONS))
            self.drops[side].update({c: int(k) for c, k in enumerate(counts) if k and c != PASSED})
        slates = [_slates(d, c) for d, c in zip((first, second), self.catalogues, strict=True)]
        changed = []
        for row, (before, after) in enumerate(zip(*slates, strict=True)):
            self._add_slates([name for name, _ in before], [name for name, _ in after])
            if before != after:
                changed.append(row)
        self.customers += len(slates[0])
        self.changed += len(changed)
        return changed

    def _add_slates(self, before: list[str], after: list[str]) -> None:
        self.in_first.update(before)
        self.in_second.update(after)
        self.gained.update(name for name in after if name not in before)
        self.lost.update(name for name in before if name not in after)
        self.moves[(before or [NOTHING])[0], (after or [NOTHING])[0]] += 1


def _slates(decisions: Decisions, catalogue: Catalogue) -> list[list[tuple[str, float]]]:
    """Return each customer's slate: action_id and discount, best first."""
    names = [a.action_id for a in catalogue]
    discount = decisions.terms.prices.discount
    return [
        [(names[k], float(discount[row, k])) for k in slate if k >= 0]
        for row, slate in enumerate(decisions.slate.tolist())
    ]
