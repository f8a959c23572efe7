"""A service over a fake application, and the refusal shape that every test checks."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from serving.application import Answer, Application
from serving.customer_requests import CustomersQuery, ScoresRequest
from serving.http import create_app
from serving.requests import NextBestActionsRequest, RecommendationsRequest
from serving.steps import Steps
from serving.stores import Stores

NOW = 1_790_000_000
SCOPES = ("decide", "ingest", "crm", "admin")
VERSIONS = {"bundle_version": "7", "policy_version": "p1"}


class FakeApplication:
    """Knows two items, two customers, one decision; remembers what it was asked."""

    bundle_version = "7"
    policy_version = "p1"

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.answer: Answer = {
            "decision_id": "d1",
            "items": [],
            "personalised": False,
            "fallback": "cold_start",
            "dropped": [{"stage": "stock", "reason": "out_of_stock"}],
            **VERSIONS,
        }

    def recommend(self, request: RecommendationsRequest) -> Answer:
        self.asked.append(request)
        if request.subject.customer_id == "explode":
            raise RuntimeError("a secret")
        return self.answer

    def next_best_actions(self, request: NextBestActionsRequest) -> Answer:
        self.asked.append(request)
        return {"decision_id": "d2", "arm": "policy", "actions": [], "dropped": [], **VERSIONS}

    def recommending(self, request: RecommendationsRequest, caller: str = "") -> Steps[Answer]:
        yield from ()
        return self.recommend(request)

    def acting(self, request: NextBestActionsRequest, caller: str = "") -> Steps[Answer]:
        yield from ()
        return self.next_best_actions(request)

    def decision(self, decision_id: str) -> Mapping[str, Any] | None:
        return {"decision_id": "d1", "propensity": float("nan")} if decision_id == "d1" else None

    def replay(self, decision_id: str) -> Answer | None:
        if decision_id != "d1":
            return None
        return {"decision_id": "d1", "identical": True, "differences": [], "decision": {}}

    def scores(self, request: ScoresRequest) -> Answer:
        self.asked.append(request)
        told = [{"customer_id": one, "scores": []} for one in request.customer_ids]
        return {"customers": told, "as_of": NOW - 60, "scored_at": NOW, **VERSIONS}

    def customers(self, query: CustomersQuery) -> Answer:
        self.asked.append(query)
        return {"customers": [{"customer_id": "c1"}, {"customer_id": "c2"}], "next": None}

    def item_name(self, item_id: str | None) -> str | None:
        return "Milk" if item_id == "i1" else None

    def unknown_items(self, item_ids: Sequence[str]) -> set[str]:
        return set(item_ids) - {"i1", "i2"}

    def unknown_customers(self, customer_ids: Sequence[str]) -> set[str]:
        return set(customer_ids) - {"c1", "c2"}


@dataclass
class Service:
    """The HTTP service over a fake application and a real store."""

    application: FakeApplication
    stores: Stores
    keys: dict[str, str]
    ready: bool = True
    app: Any = field(init=False)

    def __post_init__(self) -> None:
        def find() -> Application | None:
            return self.application if self.ready else None

        tables = {
            "customers": {"real": 801, "simulated": 0},
            "<events>": {"real": 0, "simulated": 12},
        }
        self.app = create_app(
            find, self.stores, lambda: NOW, "decide:a-key-from-the-setting", {"tables": tables}
        )

    def call(
        self, method: str, path: str, scope: str | None = "admin", **more: Any
    ) -> httpx.Response:
        headers = dict(more.pop("headers", {}))
        if scope is not None:
            headers["Authorization"] = f"Bearer {self.keys.get(scope, scope)}"
        return asyncio.run(send(self.app, method, path, headers=headers, **more))


async def send(app: Any, method: str, path: str, **more: Any) -> httpx.Response:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.request(method, path, **more)


def contents(stores: Stores) -> tuple[Any, ...]:
    """Everything a request may change."""
    return (
        stores.stock.changes_since(0),
        stores.consents.for_customers(["c1", "c2", "nobody"]),
        stores.ledger.recent(["c1", "c2"], 0),
        stores.ledger.outcomes("d1"),
    )


SUBJECT = {"subject": {"customer_id": "c1"}}
ASK = {**SUBJECT, "channel": "web"}
LEVEL = {"item_id": "i1", "location_id": "l1", "quantity": 3, "status": "in_stock"}
CONSENT = {"customer_id": "c1", "purpose": "marketing", "channel": "any", "status": "granted"}
RECOMMEND = ("POST", "/v1/recommendations")
ACTIONS = ("POST", "/v1/next_best_actions")
STOCK = ("PUT", "/v1/stock")
CONSENTS = ("PUT", "/v1/consents")
OUTCOMES = ("POST", "/v1/outcomes")


def refused(response: Any, status: int, code: str, field: str | None = None) -> dict[str, str]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert set(body) == {"error"}
    error: dict[str, str] = body["error"]
    assert {"code", "message"} <= set(error) <= {"code", "message", "field", "remedy"}
    assert all(isinstance(part, str) and part for part in error.values())
    assert (error["code"], error.get("field")) == (code, field)
    return error
