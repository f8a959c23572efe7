"""The memory of one bundle's decisions: what is looked up, watched and kept."""

from collections.abc import Sequence
from copy import copy
from typing import Generic, TypeVar

from decisioning.policy import Policy
from serving.item_decisions import DecidedItems
from serving.memory.heeded import Heeding
from serving.memory.moments import Moments
from serving.memory.remembered import Memory, Remembered
from serving.memory.watched import Notes, Shown, Stamped, watched_stock, watched_stores
from serving.requests import NextBestActionsRequest, RecommendationsRequest
from serving.world import LEDGER_DAYS, World

T = TypeVar("T")
Asked = RecommendationsRequest | NextBestActionsRequest


class Recall(Generic[T]):
    """Remembers the decisions that one bundle takes.

    Parameters
    ----------
    world
        The bundle and the stores that they are taken with.
    most
        How many are remembered; 0 for none.
    """

    def __init__(self, world: World, most: int) -> None:
        self._world = world
        self._memory: Memory[T] = Memory(most if _lasts(world.bundle.policy) else 0)
        self._moments = Moments(world.bundle.actions, world.bundle.policy, LEDGER_DAYS)
        self._heeding = Heeding(world.bundle.actions)

    def find(self, asked: Asked, now: int) -> tuple[T | None, Stamped]:
        """Return the decision that would be taken now, None where it must be taken.

        Also brings the world's stock up to date, and returns the stamps under which it did.
        """
        world = self._world
        stamps = world.stores.stamps.now()
        world.stock.refresh(stamps.get("stock"))
        found = self._memory.find(_question(asked))
        if found and found.stands(world.stores, world.stock, world.bundle, now, stamps):
            return found.decision, stamps
        return None, stamps

    def watch(self, stamps: Stamped) -> tuple[World, Notes]:
        """Return the world for one decision, and the notes that are taken of what it reads.

        Parameters
        ----------
        stamps
            Taken before anything is read.
        """
        notes, seen = Notes(stamps), copy(self._world)
        seen.stores = watched_stores(seen.stores, notes)
        seen.stock = watched_stock(seen.stock, notes)
        return seen, notes

    def keep(
        self,
        asked: Asked,
        decision: T,
        notes: Notes,
        slates: Sequence[DecidedItems],
        now: int,
    ) -> None:
        """Remember a decision.

        Parameters
        ----------
        slates
            The items that its answer shows.
        """
        told = [_shown(one) for one in slates]
        # A view is replaced before its figures are written: these are those of the answer.
        if all(self._world.stock.view(one.view.location_id) is one.view for one in told):
            reads = notes.reads.values()
            if isinstance(asked, NextBestActionsRequest):
                hourly = asked.direction != "inbound"
                until = self._moments.until(reads, now, by_the_hour=hourly)
                heeded = self._heeding.of(slates, contacts=True)
            else:
                until = self._moments.until_for_items(reads, now)
                heeded = self._heeding.of(slates, contacts=False)
            remembered = Remembered.of(decision, notes, told, now, until, heeded)
            self._memory.keep(_question(asked), remembered)


def _shown(slate: DecidedItems) -> Shown:
    return Shown.of(slate.stock, {one.item for one in slate.decision.slate})


def _question(asked: Asked) -> Asked:
    """Return what was asked, whoever asked it under whatever id."""
    return asked if asked.request_id is None else asked.model_copy(update={"request_id": None})


def _lasts(policy: Policy) -> bool:
    """Tell whether two decisions a second apart are the same: not where time itself has a say.

    The lot for a new item is drawn anew each second, and what was ignored weighs less by the hour.
    """
    return policy.items.new_item_share <= 0 and policy.items.diversity.ignored_penalty <= 0
