"""Both sides decided for the same customers at one moment, block by block; nothing is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bundle.contents import Bundle
from decisioning.actions import Decisions, decide_actions
from decisioning.calibration import Propensity
from decisioning.compiled import Catalogue
from decisioning.draws import subject_keys
from serving.action_block import action_block
from serving.comparison.sides import Side
from serving.requests import NextBestActionsRequest
from serving.stores.opening import Stores
from serving.world import World

BLOCK: Final = 1_024


@dataclass(frozen=True)
class Pair:
    """What both sides decide for a block of customers."""

    customers: tuple[str, ...]
    first: Decisions
    second: Decisions


@dataclass(frozen=True)
class Question:
    """What is asked of both: where, which way, how many; ``as_of`` is epoch seconds UTC."""

    channel: str
    direction: str
    n: int
    as_of: int

    def request(self, customer: str) -> NextBestActionsRequest:
        """Return it as the service would be asked."""
        return NextBestActionsRequest.model_validate(
            {
                "subject": {"customer_id": customer},
                "channel": self.channel,
                "direction": self.direction,
                "n": self.n,
                "dry_run": True,
            }
        )


def common_customers(first: Side, second: Side, most: int | None = None) -> list[str]:
    """Return the customers of both, or as many of them as asked: always the same ones."""
    ids = first.bundle.customers.ids
    if second.folder != first.folder:
        ids = np.intersect1d(ids, second.bundle.customers.ids)
    if most is not None and most < ids.size:
        keys = subject_keys(ids.tolist())
        ids = ids[np.sort(np.argsort(keys, kind="stable")[:most])]
    return [str(i) for i in ids]


def decide_both(
    first: Side, second: Side, stores: Stores, customers: Sequence[str], question: Question
) -> Iterator[Pair]:
    """Yield what both sides decide, a block at a time."""
    one = _World(first.bundle, stores)
    # Rules change no score: where the bundle is one, the second side takes over the first's.
    other = _World(second.bundle, stores, one if first.folder == second.folder else None)
    for world in (one, other):
        world.stock.refresh()
    for start in range(0, len(customers), BLOCK):
        block = tuple(customers[start : start + BLOCK])
        yield Pair(block, *(_decide(world, block, question) for world in (one, other)))


def _decide(world: World, customers: tuple[str, ...], question: Question) -> Decisions:
    people = world.people([(customer, None) for customer in customers])
    request = question.request(customers[0])
    block, situation = action_block(world, people, request, question.as_of)
    catalogue = Catalogue.of(world.bundle.actions)
    return decide_actions(block, catalogue, world.bundle.policy, situation)


class _World(World):
    """A world whose scores another one of the same bundle takes over."""

    def __init__(self, bundle: Bundle, stores: Stores, lender: "_World | None" = None) -> None:
        super().__init__(bundle, stores)
        self._lender = lender
        self._last: tuple[NDArray[np.float64], dict[str, Propensity]] | None = None

    def propensities(self, profiles: NDArray[np.float64]) -> dict[str, Propensity]:
        """Score a block, unless the lender has just scored the same one."""
        held = self._lender._last if self._lender else None
        if held is not None and np.array_equal(held[0], profiles, equal_nan=True):
            return held[1]
        scores = super().propensities(profiles)
        self._last = (profiles, scores)
        return scores
