"""The Application: requests enter, the world is read, the core decides, the record is kept."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from bundle.contents import Bundle
from features.settings import DEFAULT_REMEMBERED
from serving.action_answers import actions_answer, dropped_actions
from serving.action_decisions import DecidedActions, Fill, decide_actions_for, fill_slate
from serving.action_inputs import columns_read
from serving.item_decisions import (
    DecidedItems,
    decide_requests,
    dropped_items,
    items_answer,
)
from serving.known import Decided, Known
from serving.lookups import Lookups
from serving.memory.recall import Recall
from serving.memory.watched import Stamped
from serving.privacy.erased import without_erased
from serving.problems import Problem
from serving.records import actions_body, contacts_made, items_body
from serving.repeats import Claim, brief, claim_of, counted
from serving.requests import NextBestActionsRequest, RecommendationsRequest
from serving.steps import Steps, taken_now
from serving.stores.opening import Stores
from serving.stores.ports import Entry, LedgerMovedError, RequestTakenError
from serving.telemetry import watching
from serving.told import Said
from serving.world import People, World

Answer = dict[str, Any]
Request = RecommendationsRequest | NextBestActionsRequest
ATTEMPTS = 10
"""How often a decision is taken anew because its customer's ledger moved meanwhile."""


class Decider(Lookups):
    """Decides, and keeps the record of every decision it answers.

    Parameters
    ----------
    bundle, stores
        What decisions are taken with.
    clock
        Returns epoch seconds UTC.
    new_id
        Returns an id never given before.
    remembered
        How many decisions are kept to be given again while nothing has changed.
    """

    def __init__(
        self,
        bundle: Bundle,
        stores: Stores,
        clock: Callable[[], int],
        new_id: Callable[[], str],
        remembered: int = DEFAULT_REMEMBERED,
    ) -> None:
        super().__init__(bundle, stores, clock)
        self._new_id = new_id
        self._columns = columns_read(bundle.actions, bundle.policy)
        self._recall: Recall[Known] = Recall(self.world, remembered)

    def recommend(self, request: RecommendationsRequest) -> Answer:
        """Decide on items: the answer of ``POST /v1/recommendations``."""
        return dict(taken_now(self.recommending(request), self.world.stores.decisions))

    def next_best_actions(self, request: NextBestActionsRequest) -> Answer:
        """Decide on actions: the answer of ``POST /v1/next_best_actions``.

        Raises
        ------
        Problem
            404, for a customer we do not have; 503, when others contact the customer all the
            time.
        """
        return dict(taken_now(self.acting(request), self.world.stores.decisions))

    def recommending(self, request: RecommendationsRequest, caller: str = "") -> Steps[Said]:
        """Decide on items, in steps: yields what is to be kept before it returns the answer."""
        claim = self._claim(request, caller)
        return self._answering(claim, lambda: self._recommend(request))

    def acting(self, request: NextBestActionsRequest, caller: str = "") -> Steps[Said]:
        """Decide on actions, in steps: yields what is to be kept before it returns the answer."""
        return self._answering(
            self._claim(request, caller), lambda: self._next_best_actions(request)
        )

    def _claim(self, request: Request, caller: str) -> Claim | None:
        if request.request_id is None:
            return None
        return claim_of(without_erased(self.world.stores, request), caller)

    def _answering(self, claim: Claim | None, decide: Callable[[], Decided]) -> Steps[Said]:
        """Decide until the decision is kept, or was kept before under its request_id."""
        for _ in range(ATTEMPTS):
            earlier = claim.earlier(self.world.stores.decisions) if claim else None
            if earlier is not None:
                return earlier
            decided = decide()
            if decided.entry is None:
                return decided.answer
            try:
                yield decided.entry if claim is None else _under(claim, decided.entry)
            except (LedgerMovedError, RequestTakenError):
                continue
            return decided.answer
        raise _customer_busy()

    def _recommend(self, request: RecommendationsRequest) -> Decided:
        now = self._clock()
        known, stamps = self._recall.find(request, now)
        watching.mark("world")
        if known is None:
            known = self._decide_items(request, now, stamps)
        return known.given(self._header(now))

    def _decide_items(self, request: RecommendationsRequest, now: int, stamps: Stamped) -> Known:
        world, notes = self._recall.watch(stamps)
        asked = without_erased(world.stores, request)
        people = _people(world, asked)
        decided = decide_requests(world, people, [asked], now)[0]
        watching.mark("decide")
        answer = self.items_answer(people, decided, now)
        body = answer | items_body(world.bundle, people, asked, decided)
        told = answer if request.explain else answer | {"dropped": counted(body["refused"])}
        whom = _subject(people)
        known = Known.of("recommendations", whom, request.channel, told, body)
        self._recall.keep(request, known, notes, [decided], now)
        watching.mark("record")
        return known

    def _next_best_actions(self, request: NextBestActionsRequest) -> Decided:
        now = self._clock()
        if request.direction == "outbound" and not request.dry_run:
            return self._contact(request, now)
        known, stamps = self._recall.find(request, now)
        watching.mark("world")
        if known is None:
            world, notes = self._recall.watch(stamps)
            asked = without_erased(world.stores, request)
            known, shown, _ = self._decide_actions(world, _people(world, asked), asked, now)
            self._recall.keep(request, known, notes, shown, now)
        return known.given(self._header(now))

    def _contact(self, request: NextBestActionsRequest, now: int) -> Decided:
        """Decide on a contact: it changes the ledger, so that the next decision is another."""
        request = without_erased(self.world.stores, request)
        people = _people(self.world, request)
        # Before the ledger is read: what comes in between is then noticed when it is written.
        mark = self.world.mark(people)
        self.world.stock.refresh()
        watching.mark("world")
        known, _, answer = self._decide_actions(self.world, people, request, now)
        head = self._header(now)
        return known.given(head, tuple(contacts_made(people, request, answer | head, now)), mark)

    def _decide_actions(
        self, world: World, people: People, request: NextBestActionsRequest, now: int
    ) -> tuple[Known, list[DecidedItems], Answer]:
        """Decide; return also the items that the answer shows, and the answer in full."""
        if request.subject.customer_id and people.indices[0] < 0:
            raise _unknown_customer(request.subject.customer_id)
        decided = decide_actions_for(world, people, request, now)[0]
        fills = fill_slate(world, people, decided, request)
        watching.mark("decide")
        answer = self._answer(decided, request.channel, fills, now)
        told = answer if request.explain else answer | {"dropped": brief(answer["dropped"])}
        body = None
        if not request.dry_run:
            inputs = actions_body(world.bundle, people, request, decided, self._columns, fills)
            body = answer | inputs
        known = Known.of("next_best_actions", _subject(people), request.channel, told, body)
        watching.mark("record")
        return known, [fill.decided for fill in fills if fill.decided], answer

    def items_answer(self, people: People, decided: DecidedItems, now: int) -> Answer:
        """Write a decision on items as the API does, whatever the request asked to see."""
        decision = decided.decision
        return self._header(now) | {
            "items": items_answer(self.world.bundle, decided),
            "personalised": decision.personalised,
            "fallback": decision.fallback,
            "dropped": dropped_items(self.world.bundle, decision),
        }

    def actions_answer(
        self, people: People, decided: DecidedActions, request: NextBestActionsRequest, now: int
    ) -> Answer:
        """Write a decision on actions, about a block of one person, as the API does."""
        fills = fill_slate(self.world, people, decided, request)
        return self._answer(decided, request.channel, fills, now)

    def _answer(
        self, decided: DecidedActions, channel: str, fills: Sequence[Fill], now: int
    ) -> Answer:
        actions, items = self.world.bundle.actions, [fill.items for fill in fills]
        return self._header(now) | {
            "arm": decided.decision.arm,
            "actions": actions_answer(actions, decided.decision, channel, items),
            "dropped": dropped_actions(actions, decided.decision),
        }

    def _header(self, now: int) -> Answer:
        return {
            "decision_id": self._new_id(),
            "bundle_version": self.bundle_version,
            "policy_version": self.policy_version,
            "decided_at": now,
        }


def _under(claim: Claim, entry: Entry) -> Entry:
    return replace(entry, request=claim.row(entry.record))


def _people(world: World, request: Request) -> People:
    return world.people([(request.subject.customer_id, request.subject.visitor_id)])


def _subject(people: People) -> str:
    # The ledger knows customers: a linked visitor's record is the customer's.
    return people.customer_ids[0] or people.subjects[0]


def _customer_busy() -> Problem:
    return Problem(
        503,
        "customer_busy",
        "Others contact this customer at the same moment; nothing was decided.",
        remedy="ask again in a second",
    )


def _unknown_customer(customer_id: str) -> Problem:
    return Problem(
        404,
        "unknown_customer",
        f"There is no customer {customer_id!r}.",
        field="subject.customer_id",
        remedy="ingest the customer first, or ask with the visitor_id",
    )
