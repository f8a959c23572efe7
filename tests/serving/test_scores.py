"""Scores over HTTP: the models' own figures, and none without consent."""

from typing import Any

import pytest

from bundle.scores import CENTS, scores_of
from serving import scores
from tests.integration.support import Shop

PATH = ("POST", "/v1/scores")


def scored(front: Shop, *customers: str, **more: Any) -> list[dict[str, Any]]:
    answer = front.ok(*PATH, {"customer_ids": list(customers), **more}, "crm")
    assert answer["bundle_version"] == front.bundle.manifest.bundle_version
    assert answer["as_of"] == front.bundle.manifest.as_of
    assert answer["scored_at"] == front.clock.now
    entries: list[dict[str, Any]] = answer["customers"]
    assert [one["customer_id"] for one in entries] == list(customers)
    return entries


def test_the_figures_are_the_models_own(front: Shop) -> None:
    customers = front.regulars("personalisation", "web")[:3]
    world = front.parts.application.world
    people = world.people([(c, None) for c in customers])
    profiles = world.profiles(people, "web", front.clock.now)
    for entry, expected in zip(
        scored(front, *customers), scores_of(front.bundle, profiles, why=False), strict=True
    ):
        told = {one["score"]: one for one in entry["scores"] if one["source"] == "model"}
        assert told.keys() == {score.model for score in expected} != set()
        for score in expected:
            scale = 100 if score.unit == CENTS else 1
            figures = [score.mean / scale, score.low / scale, score.high / scale]
            one = told[score.model]
            assert [one["value"], one["low"], one["high"]] == pytest.approx(figures)
            assert one["unit"] == ("currency" if score.unit == CENTS else "probability")
            assert one["reasons"] == []


def test_kinds_name_what_is_foretold(front: Shop) -> None:
    (customer,) = front.regulars("personalisation", "web")[:1]
    (entry,) = scored(front, customer)
    kinds = {one["score"]: one["kind"] for one in entry["scores"]}
    assert kinds["churn"] == "churn"
    for one in entry["scores"]:
        if one["kind"] == "purchase":
            assert one["score"] == f"purchase_{one['category']}"
        if one["kind"] in ("response", "uplift"):
            assert set(one["action_ids"]) <= {a.action_id for a in front.bundle.actions}
            assert one["action_ids"]
    for kind in sorted(set(kinds.values())):
        (only,) = scored(front, customer, kinds=[kind])
        assert {one["score"] for one in only["scores"]} == {
            name for name in kinds if kinds[name] == kind
        }


def test_every_name_has_its_kind() -> None:
    named = {
        "churn": "churn",
        "contract_churn": "churn",
        "purchase_milk": "purchase",
        "mailing": "response",
        "service_contact": "service_contact",
        "nps_detractor": "satisfaction",
        "csat_dissatisfied": "satisfaction",
        "value_90d": "value",
        "something_new": "other",
    }
    for name, kind in named.items():
        assert scores._kind(name, {"mailing"}, {"value_90d"}) == kind


def test_reasons_come_in_the_language_asked_for(front: Shop) -> None:
    (customer,) = front.regulars("personalisation", "web")[:1]
    told = {}
    for language in ("en", "fr"):
        more = {"explain": True, "kinds": ["churn"], "language": language}
        (entry,) = scored(front, customer, **more)
        told[language] = entry["scores"][0]["reasons"]
    assert told["en"]
    assert len(told["en"]) == len(told["fr"])
    assert told["en"] != told["fr"]


def test_without_consent_there_are_none(front: Shop) -> None:
    customer, other = front.regulars("personalisation", "web")[:2]
    front.consent(customer, "personalisation", "withdrawn")
    refused, granted, stranger = scored(front, customer, other, "nobody")
    assert (refused["scores"], refused["reason"]) == (None, "no_consent")
    assert refused["detail"] == "consent_withdrawn"
    assert granted["reason"] is None
    assert granted["scores"]
    assert (stranger["scores"], stranger["reason"]) == (None, "unknown_customer")
    assert stranger["detail"] is None


def test_who_signed_up_after_training_allows_and_is_still_unknown(front: Shop) -> None:
    front.consent("signed-up-today", "personalisation", "granted")
    (entry,) = scored(front, "signed-up-today")
    assert entry["reason"] == "unknown_customer"
    assert front.recommend("signed-up-today")["fallback"] == "cold_start"


def test_only_so_many_are_explained_at_once(front: Shop) -> None:
    customers = front.bundle.customers.ids.tolist()[:101]
    body = {"customer_ids": customers, "explain": True}
    response = front.call(*PATH, body, "crm")
    assert response.status_code == 422
    assert response.json()["error"]["field"] == "customer_ids"
    assert len(scored(front, *customers)) == 101
    assert front.call(*PATH, {"customer_ids": ["a"] * 1001}, "crm").status_code == 422
    assert front.call(*PATH, {"customer_ids": []}, "crm").status_code == 422
    assert front.call(*PATH, body, "ingest").status_code == 403
