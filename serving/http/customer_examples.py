"""Worked examples of the bodies about customers."""

from typing import Any

_CHURN = {
    "score": "churn",
    "kind": "churn",
    "unit": "probability",
    "value": 0.12,
    "low": 0.08,
    "high": 0.17,
    "horizon_days": 30,
    "category": None,
    "action_ids": [],
    "source": "model",
    "reasons": ["last bought 3 days ago, usually every 5 days"],
}
_VALUE = _CHURN | {
    "score": "value_90d",
    "kind": "value",
    "unit": "currency",
    "value": 214.5,
    "low": 120.0,
    "high": 330.25,
    "horizon_days": 90,
    "reasons": [],
}
_VERSIONS = {"bundle_version": "88b6e6e9f1c5", "policy_version": "6432167720a7"}
_LINE = {
    "item_id": "1029743",
    "name": "FLUID MILK",
    "line_type": "sale",
    "quantity": 2,
    "amount": 5.98,
    "returned_at": None,
    "label": None,
}
_ORDER = {
    "order_id": "w-7731",
    "at": 1_511_900_000,
    "channel": "shop",
    "location_id": "367",
    "amount": 5.98,
    "discount": 0.4,
    "lines": [_LINE],
}

CUSTOMER_EXAMPLES: dict[str, dict[str, Any]] = {
    "ScoresRequest": {
        "customer_ids": ["1014", "2009"],
        "kinds": ["churn", "value"],
        "explain": True,
    },
    "ScoresAnswer": {
        "customers": [
            {"customer_id": "1014", "scores": [_CHURN, _VALUE], "reason": None, "detail": None},
            {
                "customer_id": "2009",
                "scores": None,
                "reason": "no_consent",
                "detail": "consent_withdrawn",
            },
        ],
        "as_of": 1_512_086_400,
        "scored_at": 1_512_120_600,
        **_VERSIONS,
    },
    "CustomersAnswer": {
        "customers": [
            {
                "customer_id": "1014",
                "country": None,
                "home_location_id": "367",
                "personalisation": True,
                "orders_total": 87.0,
                "days_since_last_purchase": 3.2,
            }
        ],
        "next": "WyIxMDE0IiwgImNhZTY2OTQxZDllZiJd",
    },
    "CustomerAnswer": {
        "customer_id": "1014",
        "other_ids": [],
        "profile": {"customer_id": "1014", "age_band": "45-54", "household_size": "2"},
        "identifiers": [
            {"identifier_type": "loyalty_card", "value": None, "observed_at": 1_490_926_685}
        ],
        "history": {
            "orders": 87,
            "spent": 1_904.32,
            "first_order_at": 1_484_000_000,
            "last_order_at": 1_511_900_000,
            "returned_lines": 1,
            "last_orders": [_ORDER],
        },
        "events": [
            {
                "at": 1_512_000_000,
                "event_type": "product_view",
                "item_id": "1029743",
                "name": "FLUID MILK",
                "channel": "web",
                "query": None,
            }
        ],
        "scores": [_CHURN, _VALUE],
        "scores_reason": None,
        "consents": [
            {
                "customer_id": "1014",
                "purpose": "personalisation",
                "channel": "any",
                "status": "granted",
                "recorded_at": 1_490_000_000,
                "expires_at": None,
                "source": "web_form",
            }
        ],
        "contacts": [
            {
                "customer_id": "1014",
                "channel": "email",
                "action_id": "replenishment_reminder",
                "kind": "replenishment",
                "outcome": "shown",
                "at": 1_511_000_000,
                "decision_id": "16f39a3d27be44ebba7727b3a88ce322",
            }
        ],
        "open_actions": [],
        "open_actions_arm": "policy",
        "service_contacts": [],
        "feedback": [
            {
                "feedback_id": "fb-12554",
                "metric": "nps",
                "score": 9,
                "comment": None,
                "touchpoint": "shop",
                "channel": "email",
                "answered_at": 1_503_295_628,
            }
        ],
        "third_party": None,
        "shown_at": 1_512_120_600,
        **_VERSIONS,
    },
}
