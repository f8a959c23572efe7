"""What the service can do, as one port: HTTP, batch and the terminal all call this."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from serving.customer_requests import CustomersQuery, ScoresRequest
from serving.requests import NextBestActionsRequest, RecommendationsRequest
from serving.steps import Steps
from serving.told import Said

Answer = dict[str, Any]


class Application(Protocol):
    """Decisions and what is known about the world they are taken in.

    Every method is synchronous, takes about a millisecond, and either takes full effect or
    raises a ``serving.problems.Problem`` (a 4xx with code, message, field and remedy).
    """

    bundle_version: str
    policy_version: str

    def recommend(self, request: RecommendationsRequest) -> Answer:
        """Decide on items: the answer of ``POST /v1/recommendations``."""

    def next_best_actions(self, request: NextBestActionsRequest) -> Answer:
        """Decide on actions: the answer of ``POST /v1/next_best_actions``."""

    def recommending(self, request: RecommendationsRequest, caller: str = "") -> Steps[Said]:
        """Decide on items, in steps: yields what is to be kept before it returns the answer.

        Parameters
        ----------
        caller
            Id of the key that asks: a ``request_id`` belongs to it.
        """

    def acting(self, request: NextBestActionsRequest, caller: str = "") -> Steps[Said]:
        """Decide on actions, in steps: yields what is to be kept before it returns the answer."""

    def scores(self, request: ScoresRequest) -> Answer:
        """Say what the models say of customers: the answer of ``POST /v1/scores``."""

    def customers(self, query: CustomersQuery) -> Answer:
        """Return a page of the customers: the answer of ``GET /v1/customers``."""

    def decision(self, decision_id: str) -> Mapping[str, Any] | None:
        """Return the stored record of a decision, None when there is none."""

    def replay(self, decision_id: str) -> Answer | None:
        """Decide again from the record: the answer of ``POST /v1/decisions/{id}/replay``.

        None when there is no such decision.
        """

    def item_name(self, item_id: str | None) -> str | None:
        """Return what an item is called, None where nobody says."""

    def unknown_items(self, item_ids: Sequence[str]) -> set[str]:
        """Return those of the ids that are in no catalogue."""

    def unknown_customers(self, customer_ids: Sequence[str]) -> set[str]:
        """Return those of the ids that are no known customer."""
