"""One worked example per body, shown in the documentation and checked by a test."""

from typing import Any

from serving.http.customer_examples import CUSTOMER_EXAMPLES
from serving.http.privacy_examples import PRIVACY_EXAMPLES
from serving.http.refusal_examples import REFUSALS

__all__ = ["EXAMPLES", "REFUSALS"]

_VERSIONS = {
    "bundle_version": "88b6e6e9f1c5",
    "policy_version": "6432167720a7",
    "decided_at": 1_512_086_400,
}
_STOCK = {"location_id": "online", "quantity": 14.0, "as_of": 1_512_082_800}
_ITEM = {"item_id": "1029743", "rank": 1, "score": 0.83, "reason": "repeat_purchase"}

EXAMPLES: dict[str, dict[str, Any]] = {
    "RecommendationsRequest": {
        "subject": {"customer_id": "1014"},
        "channel": "web",
        "placement": "home",
        "n": 5,
        "context": {"basket": ["1082185"]},
        "filter": {"price_max": 20.0},
    },
    "RecommendationsAnswer": {
        "decision_id": "2d89bd50b3364055b3c6c63a3f510edc",
        "items": [{**_ITEM, "stock": _STOCK}],
        "personalised": True,
        "fallback": None,
        "dropped": [{"stage": "stock", "reason": "out_of_stock", "count": 3}],
        **_VERSIONS,
    },
    "SimilarItemsRequest": {
        "item_id": "1082185",
        "relation": "complement",
        "channel": "web",
        "n": 4,
        "location_id": "online",
    },
    "RankRequest": {
        "subject": {"customer_id": "1014"},
        "channel": "web",
        "item_ids": ["1082185", "1029743", "995242"],
    },
    "NextBestActionsRequest": {
        "subject": {"customer_id": "1014"},
        "channel": "email",
        "direction": "outbound",
        "n": 2,
        "explain": True,
    },
    "NextBestActionsAnswer": {
        "decision_id": "16f39a3d27be44ebba7727b3a88ce322",
        "arm": "policy",
        "actions": [
            {
                "action_id": "replenishment_reminder",
                "label": "Time to restock",
                "kind": "replenishment",
                "channel": "email",
                "rank": 1,
                "priority": 0.42,
                "propensity": 0.11,
                "propensity_low": 0.09,
                "propensity_high": 0.13,
                "uplift": 0.04,
                "value": 11.5,
                "cost": 0.04,
                "discount": 0.0,
                "price_class": None,
                "context_weight": 1.0,
                "lever": 1.0,
                "action_probability": 0.9,
                "items": [{**_ITEM, "stock": _STOCK}],
                "reason": "highest_priority",
            }
        ],
        "dropped": [
            {
                "action_id": "win_back",
                "stage": "consent",
                "reason": "consent_withdrawn",
                "detail": "Consent was withdrawn.",
            }
        ],
        **_VERSIONS,
    },
    "DecisionAnswer": {
        "decision_id": "16f39a3d27be44ebba7727b3a88ce322",
        "kind": "next_best_actions",
        **_VERSIONS,
    },
    "ReplayAnswer": {
        "decision_id": "2d89bd50b3364055b3c6c63a3f510edc",
        "identical": True,
        "differences": [],
        "decision": {"items": [_ITEM], "personalised": True, "fallback": None},
    },
    "StockRequest": {
        "levels": [
            {
                "item_id": "1029743",
                "location_id": "online",
                "quantity": 0,
                "status": "out_of_stock",
                "as_of": "2017-12-01T09:30:00Z",
            }
        ]
    },
    "StockAnswer": {"accepted": 1, "stale": 0, "effective_at": 1_512_120_600},
    "ConsentsRequest": {
        "consents": [
            {
                "customer_id": "1014",
                "purpose": "marketing",
                "channel": "email",
                "status": "withdrawn",
                "recorded_at": "2017-12-01T09:30:00Z",
                "source": "preference_page",
            }
        ]
    },
    "ConsentsAnswer": {"accepted": 1, "effective_at": 1_512_120_600},
    "OutcomesRequest": {
        "outcomes": [
            {
                "outcome_id": "o-1",
                "decision_id": "16f39a3d27be44ebba7727b3a88ce322",
                "action_id": "replenishment_reminder",
                "outcome": "clicked",
                "occurred_at": "2017-12-01T10:00:00Z",
            }
        ]
    },
    "OutcomesAnswer": {"accepted": 1, "duplicates": 0, "rejected": []},
    "EventsRequest": {
        "events": [
            {
                "event_id": "e-1",
                "visitor_id": "ck-81f3",
                "event_type": "product_view",
                "item_id": "1082185",
                "occurred_at": "2017-12-01T09:58:00Z",
            },
            {
                "event_id": "e-2",
                "customer_id": "1014",
                "event_type": "purchase",
                "item_id": "1029743",
                "order_id": "w-7731",
                "occurred_at": "2017-12-01T10:02:00Z",
            },
        ]
    },
    "LinksRequest": {
        "identifiers": [
            {
                "visitor_id": "ck-81f3",
                "customer_id": "1014",
                "observed_at": "2017-12-01T09:59:00Z",
            }
        ]
    },
    "LinksAnswer": {"accepted": 1, "rejected": []},
    "EventsAnswer": {"accepted": 2, "duplicates": 0, "rejected": []},
    "ExperienceAnswer": {
        "as_of": 1_514_779_281,
        "segments_from": "nextbest segments",
        "coverage": {
            "answers": 5_515,
            "customers": 1_388,
            "requests": 15_849,
            "left_out_customers": 318,
            "left_out_answers": 1_229,
        },
        "notes": [],
        "rows": [
            {
                "metric": "nps",
                "by": "touchpoint",
                "value": "shop",
                "period": "all",
                "n": 1_184,
                "customers": 719,
                "estimate": -39.9,
                "low": -44.6,
                "high": -34.4,
                "interval": "bootstrap",
                "asked": 3_712,
                "response_rate": 0.315,
                "weighted": -38.1,
                "weighted_low": -43.6,
                "weighted_high": -32.8,
                "source": "answered",
            }
        ],
    },
    "ErrorAnswer": REFUSALS[422],
    **CUSTOMER_EXAMPLES,
    **PRIVACY_EXAMPLES,
}
