"""The Application: requests enter, the world is read, the core decides, the record is kept."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from bundle.contents import Bundle
from decisioning.reasons import CODE, REASONS
from serving.action_answers import actions_answer, dropped_actions
from serving.action_decisions import DecidedActions, Fill, decide_actions_for, fill_action
from serving.action_inputs import columns_read
from serving.customers.asked import CustomersQuery, ScoresRequest
from serving.customers.listing import list_customers, roster_of
from serving.family import Family
from serving.item_decisions import (
    DecidedItems,
    decide_requests,
    dropped_items,
    items_answer,
)
from serving.problems import Problem
from serving.records import actions_body, contacts_made, items_body
from serving.replay import replay_answer
from serving.requests import NextBestActionsRequest, RecommendationsRequest
from serving.rulebook import Rulebook
from serving.scores import score_customers
from serving.stores.opening import Stores
from serving.stores.ports import ContactRow, DecisionRecord, LedgerMark, LedgerMovedError
from serving.world import People, World

Answer = dict[str, Any]
ATTEMPTS = 10
"""How often a decision is taken anew because its customer's ledger moved meanwhile."""


class Decider:
    """Decides, and keeps the record of every decision it answers.

    Parameters
    ----------
    bundle, stores
        What decisions are taken with.
    clock
        Returns epoch seconds UTC.
    new_id
        Returns an id never given before.
    """

    def __init__(
        self,
        bundle: Bundle,
        stores: Stores,
        clock: Callable[[], int],
        new_id: Callable[[], str],
    ) -> None:
        self.bundle_version = bundle.manifest.bundle_version
        self.policy_version = bundle.manifest.policy_version
        self.world = World(bundle, stores)
        self._clock = clock
        self._new_id = new_id
        self._rulebook = Rulebook(bundle, stores.rules)
        self._columns = columns_read(bundle.actions, bundle.policy)

    def recommend(self, request: RecommendationsRequest) -> Answer:
        """Decide on items: the answer of ``POST /v1/recommendations``."""
        now = self._clock()
        people = self._people(request)
        self.world.stock.refresh()
        decided = decide_requests(self.world, people, [request], now)[0]
        answer = self.items_answer(people, decided, now)
        body = answer | items_body(self.world.bundle, people, request, decided)
        self._keep(answer["decision_id"], now, "recommendations", people, request.channel, body)
        return answer if request.explain else answer | {"dropped": _counts(body["refused"])}

    def next_best_actions(self, request: NextBestActionsRequest) -> Answer:
        """Decide on actions: the answer of ``POST /v1/next_best_actions``.

        Raises
        ------
        Problem
            404, for a customer we do not have; 503, when others contact the customer all the
            time.
        """
        for _ in range(ATTEMPTS):
            try:
                return self._next_best_actions(request)
            except LedgerMovedError:
                continue
        raise _customer_busy()

    def _next_best_actions(self, request: NextBestActionsRequest) -> Answer:
        now = self._clock()
        people = self._people(request)
        if request.subject.customer_id and people.indices[0] < 0:
            raise _unknown_customer(request.subject.customer_id)
        # Before the ledger is read: what comes in between is then noticed when it is written.
        mark = self.world.mark(people) if request.direction == "outbound" else None
        self.world.stock.refresh()
        decided = decide_actions_for(self.world, people, request, now)[0]
        fills = self._fills(people, decided, request)
        answer = self._answer(decided, request.channel, fills, now)
        if not request.dry_run:
            bundle, channel = self.world.bundle, request.channel
            body = answer | actions_body(bundle, people, request, decided, self._columns, fills)
            contacts = contacts_made(people, request, answer, now)
            decision_id = answer["decision_id"]
            self._keep(decision_id, now, "next_best_actions", people, channel, body, contacts, mark)
        return answer if request.explain else answer | {"dropped": _brief(answer["dropped"])}

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
        fills = self._fills(people, decided, request)
        return self._answer(decided, request.channel, fills, now)

    def _fills(
        self, people: People, decided: DecidedActions, request: NextBestActionsRequest
    ) -> list[Fill]:
        slate = decided.decision.slate
        return [fill_action(self.world, people, decided, k, request) for k in slate]

    def _answer(
        self, decided: DecidedActions, channel: str, fills: Sequence[Fill], now: int
    ) -> Answer:
        actions, items = self.world.bundle.actions, [fill.items for fill in fills]
        return self._header(now) | {
            "arm": decided.decision.arm,
            "actions": actions_answer(actions, decided.decision, channel, items),
            "dropped": dropped_actions(actions, decided.decision),
        }

    def decision(self, decision_id: str) -> Mapping[str, Any] | None:
        """Return the stored record of a decision, None when there is none."""
        record = self.world.stores.decisions.get(decision_id)
        if record is None:
            return None
        outcomes = self.world.stores.ledger.outcomes(decision_id)
        return record.body | {
            "decision_id": record.decision_id,
            "decided_at": record.decided_at,
            "kind": record.kind,
            "subject": record.subject,
            "channel": record.channel,
            "outcomes": [row._asdict() for row in outcomes],
        }

    def replay(self, decision_id: str) -> Answer | None:
        """Decide again from the record: the answer of ``POST /v1/decisions/{id}/replay``.

        Raises
        ------
        Problem
            409, when the record cannot be decided again.
        """
        record = self.world.stores.decisions.get(decision_id)
        return None if record is None else replay_answer(record, self._rulebook)

    def scores(self, request: ScoresRequest) -> Answer:
        """Say what the models say of customers: the answer of ``POST /v1/scores``."""
        now = self._clock()
        told = score_customers(self.world, request, now)
        return {
            "customers": told,
            "as_of": self.world.bundle.manifest.as_of,
            "scored_at": now,
            "bundle_version": self.bundle_version,
            "policy_version": self.policy_version,
        }

    def customers(self, query: CustomersQuery) -> Answer:
        """Return a page of the customers: the answer of ``GET /v1/customers``."""
        return list_customers(self.world, self._roster, query, self._clock())

    @cached_property
    def _roster(self) -> list[str]:
        return roster_of(self.world.bundle)

    def item_name(self, item_id: str | None) -> str | None:
        """Return what an item is called, None where nobody says."""
        (index,) = self.world.bundle.item_map.index_of([item_id or ""]).tolist()
        return str(self.world.bundle.items.names[index]) or None if index >= 0 else None

    def unknown_items(self, item_ids: Sequence[str]) -> set[str]:
        """Return those of the ids that are in no catalogue."""
        index = self.world.bundle.item_map.index_of(item_ids)
        return {item for item, k in zip(item_ids, index.tolist(), strict=True) if k < 0}

    def unknown_customers(self, customer_ids: Sequence[str]) -> set[str]:
        """Return those of the ids that are no known customer."""
        family = Family.around(self.world.stores.persons, customer_ids)
        index = self.world.bundle.customer_map.index_of([family.person(c) for c in customer_ids])
        return {c for c, k in zip(customer_ids, index.tolist(), strict=True) if k < 0}

    def _people(self, request: RecommendationsRequest | NextBestActionsRequest) -> People:
        return self.world.people([(request.subject.customer_id, request.subject.visitor_id)])

    def _header(self, now: int) -> Answer:
        return {
            "decision_id": self._new_id(),
            "bundle_version": self.bundle_version,
            "policy_version": self.policy_version,
            "decided_at": now,
        }

    def _keep(
        self,
        decision_id: str,
        now: int,
        kind: str,
        people: People,
        channel: str,
        body: Answer,
        contacts: Sequence[ContactRow] = (),
        mark: LedgerMark | None = None,
    ) -> None:
        # The ledger knows customers: a linked visitor's record is the customer's.
        subject = people.customer_ids[0] or people.subjects[0]
        record = DecisionRecord(decision_id, now, kind, subject, channel, body)
        # Only a contact takes room under a cap: other decisions stand whatever moved.
        expected = [mark] if contacts and mark else []
        self.world.stores.decisions.append([record], contacts, expected)


def _counts(refused: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return how many items each gate refused, for those who did not ask which."""
    return [
        {"stage": REASONS[CODE[code]].stage, "reason": code, "count": count}
        for code, count in refused.items()
    ]


def _brief(dropped: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave the sentences to those who asked for an explanation."""
    return [{k: v for k, v in one.items() if k != "detail"} for one in dropped]


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
