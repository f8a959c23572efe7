"""The shadow: what the challenger would have decided, computed beside the answer and logged.

It is never served, never recorded as a decision, and contacts nobody. A line of the log holds the
decision's id and what each of the two chose; whom it was about stands in the decision's record
only, and is erased there.
"""

import copy
import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any, Final, NamedTuple, Protocol

import numpy as np

from decisioning.draws import draws, subject_keys
from serving.action_decisions import decide_actions_for
from serving.decider import Decider
from serving.item_decisions import decide_requests
from serving.requests import NextBestActionsRequest, RecommendationsRequest
from serving.stores.ports import ContactLedger, ContactRow
from serving.world import World

logger = logging.getLogger("nextbest.shadow")
Asked = RecommendationsRequest | NextBestActionsRequest
WAITING: Final = 256
"""Decisions that may wait for the shadow; those beyond are left out, and counted."""
_WAKE_S: Final = 0.2


class Log(Protocol):
    """Where lines go."""

    def write(self, line: str) -> None:
        """Append a line."""

    def close(self) -> None:
        """Append no more."""


class Answered(NamedTuple):
    """A decision that was answered, and the challenger to ask about it."""

    challenger: Decider
    request: Asked
    answer: Mapping[str, Any]


@dataclass
class Tally:
    """What became of the decisions offered to the shadow."""

    compared: int = 0
    same: int = 0
    left_out: int = 0
    failed: int = 0


class Shadow:
    """Asks the challenger in a thread of its own.

    Parameters
    ----------
    share
        Of decisions that are compared; which ones, their ids tell.
    log
        Takes one line for each.
    """

    def __init__(self, share: float, log: Log) -> None:
        self.tally = Tally()
        self._share = share
        self._log = log
        self._queue: Queue[Answered] = Queue(WAITING)
        self._stop = Event()
        self._worlds: tuple[Decider, World] | None = None
        self._thread = Thread(target=self._run, name="nextbest-shadow", daemon=True)

    def start(self) -> None:
        """Begin to compare."""
        self._thread.start()

    def stop(self) -> None:
        """Compare what waits, and end."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._log.close()

    def offer(self, challenger: Decider, request: Asked, answer: Mapping[str, Any]) -> None:
        """Have a decision compared, later; never waits."""
        drawn = draws(0, "shadow", subject_keys([str(answer["decision_id"])]))[0]
        if drawn >= self._share:
            return
        try:
            self._queue.put_nowait(Answered(challenger, request, answer))
        except Full:
            self.tally.left_out += 1

    def _run(self) -> None:
        while not (self._stop.is_set() and self._queue.empty()):
            try:
                one = self._queue.get(timeout=_WAKE_S)
            except Empty:
                continue
            try:
                self._compare(one)
            except Exception:
                # Whatever the challenger does wrong is its own affair: the answer is out.
                self.tally.failed += 1
                logger.exception("The challenger failed in the shadow.")

    def _compare(self, one: Answered) -> None:
        world, answer = self._world_of(one.challenger), one.answer
        would = chosen_by(world, one.request, answer["decided_at"], answer["decision_id"])
        served = _chosen(answer)
        self.tally.compared += 1
        self.tally.same += served == would
        line = {
            "decision_id": answer["decision_id"],
            "decided_at": answer["decided_at"],
            "bundle_version": answer["bundle_version"],
            "challenger_version": one.challenger.bundle_version,
            "served": served,
            "challenger": would,
        }
        self._log.write(json.dumps(line))

    def _world_of(self, challenger: Decider) -> World:
        """Return a world of the shadow's own: two threads must not fill one mirror of the stock."""
        if self._worlds is None or self._worlds[0] is not challenger:
            own = World(challenger.world.bundle, challenger.world.stores)
            self._worlds = (challenger, own)
        return self._worlds[1]


def chosen_by(world: World, request: Asked, at: int, decision_id: str) -> list[str]:
    """Return the ids of items or actions that a bundle would have put in the slate, best first.

    Parameters
    ----------
    at
        The moment of the decision that was answered, epoch seconds UTC.
    decision_id
        Its id: the contacts that it made itself are not read.
    """
    world = copy.copy(world)
    world.stores = replace(world.stores, ledger=_Without(world.stores.ledger, decision_id))
    world.stock.refresh()
    people = world.people([(request.subject.customer_id, request.subject.visitor_id)])
    if isinstance(request, RecommendationsRequest):
        items = decide_requests(world, people, [request], at)[0].decision.slate
        ids = world.bundle.items.ids[np.array([one.item for one in items], dtype=np.int64)]
        return [str(one) for one in ids]
    decided = decide_actions_for(world, people, request, at)[0].decision
    return [world.bundle.actions[k].action_id for k in decided.slate]


def _chosen(answer: Mapping[str, Any]) -> list[str]:
    if "actions" in answer:
        return [one["action_id"] for one in answer["actions"]]
    return [one["item_id"] for one in answer["items"]]


class _Without:
    """A contact ledger without the contacts of one decision, to read only."""

    def __init__(self, ledger: ContactLedger, decision_id: str) -> None:
        self._ledger = ledger
        self._decision_id = decision_id

    def recent(self, customer_ids: Collection[str], since: int) -> list[ContactRow]:
        rows = self._ledger.recent(customer_ids, since)
        return [row for row in rows if row.decision_id != self._decision_id]

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else the ledger offers
        return getattr(self._ledger, name)


__all__: Sequence[str] = ("Shadow", "Tally", "chosen_by")
