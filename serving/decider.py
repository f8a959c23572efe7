"""The Application: requests enter, the world is read, the core decides, the record is kept."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bundle.contents import Bundle
from decisioning.reasons import CODE, REASONS
from serving.action_answers import actions_answer, candidates_record, dropped_actions, number
from serving.action_decisions import DecidedActions, action_items, decide_actions_for
from serving.action_inputs import columns_read
from serving.family import Family
from serving.item_decisions import (
    DecidedItems,
    decide_requests,
    dropped_items,
    items_answer,
    refused_counts,
)
from serving.problems import Problem
from serving.requests import NextBestActionsRequest, RecommendationsRequest
from serving.stores.opening import Stores
from serving.stores.ports import ContactRow, DecisionRecord
from serving.world import People, World

Answer = dict[str, Any]


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

    def recommend(self, request: RecommendationsRequest) -> Answer:
        """Decide on items: the answer of ``POST /v1/recommendations``."""
        now = self._clock()
        people = self._people(request)
        self.world.stock.refresh()
        decided = decide_requests(self.world, people, [request], now)[0]
        answer = self.items_answer(people, decided, now)
        body = answer | {
            "request": request.model_dump(mode="json"),
            "refused": refused_counts(decided.decision),
            "consent_version": _consent_version(people, 0),
            "seed": self.world.bundle.policy.seed,
        }
        self._keep(answer["decision_id"], now, "recommendations", people, request.channel, body)
        return answer if request.explain else answer | {"dropped": _counts(body["refused"])}

    def next_best_actions(self, request: NextBestActionsRequest) -> Answer:
        """Decide on actions: the answer of ``POST /v1/next_best_actions``.

        Raises
        ------
        Problem
            404, for a customer we do not have.
        """
        now = self._clock()
        people = self._people(request)
        if request.subject.customer_id and people.indices[0] < 0:
            raise _unknown_customer(request.subject.customer_id)
        self.world.stock.refresh()
        decided = decide_actions_for(self.world, people, request, now)[0]
        answer = self.actions_answer(people, decided, request, now)
        if not request.dry_run:
            body = answer | {
                "request": request.model_dump(mode="json"),
                "candidates": candidates_record(self.world.bundle, decided.decision),
                "columns": {
                    name: number(decided.inputs.columns[name][0])
                    for name in columns_read(self.world.bundle.actions, self.world.bundle.policy)
                },
                "consent_version": _consent_version(people, 0),
                "seed": self.world.bundle.policy.seed,
            }
            contacts = _contacts(people, request, answer, now)
            self._keep(
                answer["decision_id"],
                now,
                "next_best_actions",
                people,
                request.channel,
                body,
                contacts,
            )
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
        bundle = self.world.bundle
        items = [
            action_items(self.world, people, decided, k, request) for k in decided.decision.slate
        ]
        return self._header(now) | {
            "arm": decided.decision.arm,
            "actions": actions_answer(bundle, decided, request.channel, items),
            "dropped": dropped_actions(bundle, decided.decision),
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
    ) -> None:
        # The ledger knows customers: a linked visitor's record is the customer's.
        subject = people.customer_ids[0] or people.subjects[0]
        record = DecisionRecord(decision_id, now, kind, subject, channel, body)
        self.world.stores.decisions.append([record], contacts)


def _consent_version(people: People, row: int) -> int:
    """Return the newest consent statement that a decision saw, 0 for none."""
    return max((record.sequence for record in people.consents[row]), default=0)


def _contacts(
    people: People, request: NextBestActionsRequest, answer: Answer, now: int
) -> list[ContactRow]:
    """Return the contacts that an outbound decision makes; they count at once.

    Not when somebody reports them as shown: two decisions in a row would both find room
    under a cap that has room for one.
    """
    if request.direction != "outbound":
        return []
    return [
        ContactRow(
            people.customer_ids[0],
            request.channel,
            action["action_id"],
            action["kind"],
            "shown",
            now,
            answer["decision_id"],
        )
        for action in answer["actions"]
        if action["kind"] != "none"
    ]


def _counts(refused: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return how many items each gate refused, for those who did not ask which."""
    return [
        {"stage": REASONS[CODE[code]].stage, "reason": code, "count": count}
        for code, count in refused.items()
    ]


def _brief(dropped: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave the sentences to those who asked for an explanation."""
    return [{k: v for k, v in one.items() if k != "detail"} for one in dropped]


def _unknown_customer(customer_id: str) -> Problem:
    return Problem(
        404,
        "unknown_customer",
        f"There is no customer {customer_id!r}.",
        field="subject.customer_id",
        remedy="ingest the customer first, or ask with the visitor_id",
    )
