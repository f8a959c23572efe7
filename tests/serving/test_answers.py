"""What good requests get, and what they do."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from serving.stores.ports import ConsentRow, ContactRow, OutcomeRow, StockRow
from tests.serving.support import (
    ACTIONS,
    ASK,
    CONSENT,
    CONSENTS,
    LEVEL,
    NOW,
    OUTCOMES,
    RECOMMEND,
    STOCK,
    Service,
)

OUTCOME = {
    "outcome_id": "o1",
    "decision_id": "d1",
    "action_id": "a1",
    "outcome": "clicked",
    "occurred_at": NOW,
}


def test_a_recommendation_reaches_the_application_whole(service: Service) -> None:
    body = {
        "subject": {"visitor_id": "v1"},
        "channel": "shop",
        "placement": "till",
        "n": 2,
        "goal": "discover",
        "context": {"item_id": "i1", "basket": ["i2"], "location_id": "l1"},
        "exclude_item_ids": ["i9"],
        "filter": {"category": "food", "brand": "b", "price_max": 3},
        "explain": True,
        "request_id": "r1",
    }
    response = service.call(*RECOMMEND, json=body)
    assert response.json() == service.application.answer
    assert response.headers["cache-control"] == "no-store"
    (asked,) = service.application.asked
    assert asked.model_dump(mode="json", exclude_unset=True) == body


def test_defaults_are_those_of_the_documentation(service: Service) -> None:
    service.call(*RECOMMEND, json=ASK)
    service.call(*ACTIONS, json=ASK)
    items, actions = service.application.asked
    assert (items.n, items.placement, items.goal, items.context.basket) == (10, "home", "any", ())
    assert (actions.n, actions.direction, actions.dry_run) == (3, "inbound", False)


def test_a_decision_can_be_looked_up(service: Service) -> None:
    # A NaN in the record is a null for the reader: JSON has no NaN.
    answer = service.call("GET", "/v1/decisions/d1").json()
    assert answer == {"decision_id": "d1", "propensity": None}


def test_stock_is_stored_and_older_figures_are_not(service: Service) -> None:
    levels = [
        {**LEVEL, "as_of": "2026-01-01T01:00:00+01:00"},
        {**LEVEL, "item_id": "i2", "quantity": 0, "status": "out_of_stock"},
        {**LEVEL, "as_of": 5},
    ]
    response = service.call(*STOCK, json={"levels": levels})
    assert response.json() == {"accepted": 2, "stale": 1, "effective_at": NOW}
    at = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
    assert service.stores.stock.changes_since(0)[0] == [
        StockRow("i1", "l1", 3.0, "in_stock", at, 1),
        StockRow("i2", "l1", 0.0, "out_of_stock", NOW, 1),
    ]


def test_consents_are_stored_with_their_defaults(service: Service) -> None:
    response = service.call(*CONSENTS, json={"consents": [CONSENT]})
    assert response.json() == {"accepted": 1, "effective_at": NOW}
    assert service.stores.consents.for_customers(["c1"]) == [
        ConsentRow("c1", "marketing", "any", "granted", NOW, None, "api", 1)
    ]


def test_a_clock_five_minutes_ahead_is_forgiven(service: Service) -> None:
    ahead = {"consents": [{**CONSENT, "recorded_at": NOW + 300, "expires_at": NOW * 2}]}
    assert service.call(*CONSENTS, json=ahead).status_code == 200


def test_good_outcomes_are_taken_and_bad_ones_named(service: Service) -> None:
    bad: list[tuple[Any, str | None]] = [
        ({**OUTCOME, "decision_id": "nope"}, "decision_id"),
        ({**OUTCOME, "outcome": "loved"}, "outcome"),
        ({**OUTCOME, "occurred_at": NOW + 301}, "occurred_at"),
        ({**OUTCOME, "item_id": "i1"}, None),
        ({**OUTCOME, "value": "3"}, "value"),
        ({**OUTCOME, "mood": "good"}, "mood"),
        (None, None),
        ("o2", None),
    ]
    outcomes = [OUTCOME, *(value for value, _ in bad), OUTCOME]
    answer = service.call(*OUTCOMES, json={"outcomes": outcomes}).json()
    assert (answer["accepted"], answer["duplicates"]) == (1, 1)
    named = [(one["index"], one["field"]) for one in answer["rejected"]]
    assert named == [(index, field) for index, (_, field) in enumerate(bad, start=1)]
    assert all(one["message"] for one in answer["rejected"])
    assert service.stores.ledger.outcomes("d1") == [
        OutcomeRow("o1", "d1", "a1", None, "clicked", None, NOW)
    ]
    assert service.stores.ledger.recent(["c1"], NOW) == [
        ContactRow("c1", "web", "a1", "next_best_actions", "clicked", NOW, "d1")
    ]


def test_an_outcome_sent_again_counts_once(service: Service) -> None:
    body = {"outcomes": [OUTCOME]}
    assert service.call(*OUTCOMES, json=body).json()["accepted"] == 1
    assert service.call(*OUTCOMES, json=body).json() == {
        "accepted": 0,
        "duplicates": 1,
        "rejected": [],
    }


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "text/html"),
        ("*/*", "text/html"),
        ("application/json", "application/json"),
        ("text/html;q=0.5, application/json", "application/json"),
        ("text/html, application/json;q=0.9, */*;q=0.8", "text/html"),
        ("image/png", "text/html"),
        ("application/json;q=x", "text/html"),
    ],
)
def test_docs_come_as_asked(service: Service, header: str | None, expected: str) -> None:
    headers = {"accept": header} if header else {}
    response = service.call("GET", "/docs", scope=None, headers=headers)
    assert response.headers["content-type"].startswith(expected)


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", "", "en"),
        ("", "fr-FR,fr;q=0.9,en;q=0.8", "fr"),
        ("", "fr-CH", "fr"),
        ("", "de", "en"),
        ("?lang=fr", "en", "fr"),
        ("?lang=en", "fr", "en"),
        ("?lang=<script>", "fr", "fr"),
    ],
)
def test_the_console_speaks_two_languages(
    service: Service, query: str, header: str, language: str
) -> None:
    headers = {"accept-language": header}
    page = service.call("GET", f"/console{query}", scope=None, headers=headers)
    assert f'<html lang="{language}">' in page.text
    assert ("Simulated rows" if language == "en" else "Lignes simulées") in page.text


def test_the_console_says_what_is_simulated_and_escapes_it(service: Service) -> None:
    page = service.call("GET", "/console", scope=None).text
    assert "hold simulated rows and say nothing about real people: &lt;events&gt;." in page
    assert "<events>" not in page
    assert "801" in page
    service.ready = False
    assert "is starting" in service.call("GET", "/console", scope=None).text


def test_the_root_leads_to_the_console(service: Service) -> None:
    response = service.call("GET", "/", scope=None)
    assert (response.status_code, response.headers["location"]) == (307, "/console")


def test_metrics_hold_templates_and_codes_and_no_ids(service: Service) -> None:
    service.application.answer["dropped"] = [
        {"stage": "stock", "reason": "out_of_stock"},
        {"stage": "stock", "reason": "customer-of-that-name"},
    ]
    service.call(*RECOMMEND, json=ASK)
    service.application.answer["dropped"] = {"consent": {"withdrawn": 4}, "known": 2}
    service.call(*RECOMMEND, json=ASK)
    service.call("GET", "/v1/decisions/secret-id")
    service.call("BREW", "/nope/secret-id")
    text = service.call("GET", "/metrics", scope=None).text
    assert "secret-id" not in text
    assert "of-that-name" not in text
    assert "BREW" not in text
    for line in (
        'endpoint="/v1/recommendations",http_response_code="200",method="POST"} 2.0',
        'endpoint="/v1/decisions/{decision_id}",http_response_code="404",method="GET"} 1.0',
        'nextbest_gate_drops_total{kind="recommendations",reason="withdrawn",stage="consent"} 4.0',
        'nextbest_gate_drops_total{kind="recommendations",reason="known",stage="known"} 2.0',
        'nextbest_gate_drops_total{kind="recommendations",reason="other",stage="stock"} 1.0',
        'nextbest_fallbacks_total{reason="cold_start"} 2.0',
        'nextbest_bundle_info{bundle_version="7",policy_version="p1"} 1.0',
    ):
        assert line in text


def test_metrics_of_several_workers_are_added_up(tmp_path: Path) -> None:
    script = (
        "from serving.http.metrics import Metrics; import sys; m = Metrics();"
        "m.request('/v1/stock', 'PUT', 200, 0.1); m.served('7', 'p1');"
        "sys.stdout.write(m.text().decode())"
    )
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for workers in (1, 2):
        ran = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True
        )
        assert f'http_response_code="200",method="PUT"}} {workers}.0' in ran.stdout, ran.stderr
        assert 'bundle_info{bundle_version="7",policy_version="p1"} 1.0' in ran.stdout


def test_a_swapped_bundle_replaces_the_old_one_in_the_metrics(service: Service) -> None:
    service.call(*RECOMMEND, json=ASK)
    service.application.bundle_version = "8"
    service.call(*RECOMMEND, json=ASK)
    text = service.call("GET", "/metrics", scope=None).text
    assert 'nextbest_bundle_info{bundle_version="7",policy_version="p1"} 0.0' in text
    assert 'nextbest_bundle_info{bundle_version="8",policy_version="p1"} 1.0' in text
