"""Names that other folders and other people call; changing one is a decision, not a slip."""

import inspect
from dataclasses import fields

import serving.http
import serving.stores
from serving import auth, problems, requests
from serving.http import create_app
from serving.http.app import OPERATIONS
from serving.stores import ports, rows
from serving.stores.opening import Stores


def defined(module: object) -> set[str]:
    """Public classes and functions that the module itself defines."""
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == vars(module)["__name__"]
    }


def test_routes() -> None:
    assert [(one.method, one.path) for one in OPERATIONS] == [
        ("POST", "/v1/recommendations"),
        ("POST", "/v1/similar_items"),
        ("POST", "/v1/rank"),
        ("POST", "/v1/next_best_actions"),
        ("GET", "/v1/decisions/{decision_id}"),
        ("POST", "/v1/decisions/{decision_id}/replay"),
        ("POST", "/v1/scores"),
        ("GET", "/v1/customers"),
        ("GET", "/v1/customers/{customer_id}"),
        ("GET", "/v1/customers/{customer_id}/export"),
        ("DELETE", "/v1/customers/{customer_id}"),
        ("POST", "/v1/customers/{customer_id}/objection"),
        ("PUT", "/v1/stock"),
        ("PUT", "/v1/consents"),
        ("POST", "/v1/outcomes"),
        ("POST", "/v1/events"),
        ("POST", "/v1/identifiers"),
        ("GET", "/v1/experience"),
        ("GET", "/v1/audit"),
    ]


def test_packages() -> None:
    assert serving.http.__all__ == ["Aliases", "Door", "Shortcut", "create_app"]
    assert serving.stores.__all__ == ["Stores", "open_stores"]


def test_requests() -> None:
    assert defined(requests) == {
        "Consent",
        "ConsentsRequest",
        "Context",
        "ItemFilter",
        "NextBestActionsRequest",
        "Outcome",
        "OutcomesEnvelope",
        "OutcomesRequest",
        "RecommendationsRequest",
        "Request",
        "StockLevel",
        "StockRequest",
        "Subject",
        "exactly_one",
    }


def test_problems_and_keys() -> None:
    assert defined(problems) == {"Problem", "parse_body", "problem_of", "shortened"}
    assert defined(auth) == {
        "Caller",
        "Gatekeeper",
        "hash_key",
        "issue_key",
        "name_of",
        "new_key",
        "rotate_key",
    }


def test_stores() -> None:
    assert [field.name for field in fields(Stores)] == [
        "consents",
        "stock",
        "decisions",
        "ledger",
        "events",
        "keys",
        "links",
        "persons",
        "rules",
        "audit",
        "erasures",
        "personal",
        "stamps",
        "close",
        "pseudonyms",
    ]
    assert defined(ports) | defined(rows) == {
        "AuditLog",
        "AuditRow",
        "ConsentRow",
        "ConsentStore",
        "ContactLedger",
        "ContactRow",
        "DecisionLog",
        "DecisionRecord",
        "ErasureRow",
        "ErasureStore",
        "EventRow",
        "EventStore",
        "EventTally",
        "KeyRow",
        "KeyStore",
        "LedgerMark",
        "LedgerMovedError",
        "LinkRow",
        "OutcomeRow",
        "OutcomeTally",
        "PackedRecord",
        "PersonNames",
        "PersonRow",
        "PersonStore",
        "PersonalData",
        "ProfileLinks",
        "RecordHead",
        "RuleStore",
        "RulesRow",
        "StatisticsRow",
        "StockRow",
        "StockStore",
        "StockTally",
        "StoreUnavailableError",
    }


def test_create_app() -> None:
    assert list(inspect.signature(create_app).parameters) == [
        "app",
        "stores",
        "clock",
        "api_keys",
        "console",
        "experience",
        "settings",
        "metrics",
    ]
