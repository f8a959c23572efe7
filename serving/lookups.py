"""What can be asked of a bundle and the stores without a decision being taken."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from bundle.contents import Bundle
from serving.customer_requests import CustomersQuery, ScoresRequest
from serving.customers.listing import list_customers, roster_of
from serving.family import Family
from serving.replay import replay_answer
from serving.rulebook import Rulebook
from serving.scores import score_customers
from serving.stores.opening import Stores
from serving.world import World

Answer = dict[str, Any]


class Lookups:
    """Looks up decisions, scores, customers and items.

    Parameters
    ----------
    bundle, stores
        Where they are looked up.
    clock
        Returns epoch seconds UTC.
    """

    def __init__(self, bundle: Bundle, stores: Stores, clock: Callable[[], int]) -> None:
        self.bundle_version = bundle.manifest.bundle_version
        self.policy_version = bundle.manifest.policy_version
        self.world = World(bundle, stores)
        self._clock = clock
        self._rulebook = Rulebook(bundle, stores.rules)

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
