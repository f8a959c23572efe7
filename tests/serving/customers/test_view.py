"""One customer as a whole: from the tables, the store, the models and the policy."""

import asyncio
from typing import Any

import pytest

from features.errors import SourceError
from features.tables import open_tables
from serving.customers.rows import CustomerRows
from serving.http import create_app
from serving.http.customer_answers import CustomerAnswer
from serving.stores.ports import EventRow
from tests.integration.support import Shop, Trained
from tests.serving.support import refused, send


@pytest.fixture
def crm(front: Shop, village: Trained) -> Shop:
    """The front of the village, with its tables to read."""
    stores = front.parts.stores
    front.app = create_app(
        lambda: front.parts.application, stores, front.clock, settings=village.settings
    )
    return front


def view(crm: Shop, customer: str, query: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = crm.ok("GET", f"/v1/customers/{customer}{query}", scope="crm")
    CustomerAnswer.model_validate(answer)
    return answer


def test_all_of_a_customer(crm: Shop, village: Trained) -> None:
    customer = crm.regulars("personalisation", "web")[0]
    crm.consent(customer, "marketing", "granted", "email")
    shown = view(crm, customer)
    with open_tables(village.settings.tables, verify=False) as con:
        query = (
            "select count(distinct order_id) filter (where line_type = 'sale'), sum(amount),"
            " max(purchased_at) filter (where line_type = 'sale')"
            " from transactions where customer_id = ?"
        )
        orders, cents, last = con.execute(query, [customer]).fetchall()[0]
    assert shown["history"]["orders"] == orders > 0
    assert shown["history"]["spent"] == pytest.approx(int(cents) / 100)
    assert shown["history"]["last_order_at"] == last
    first = shown["history"]["last_orders"][0]["lines"][0]
    assert first["name"] == crm.parts.application.item_name(first["item_id"])
    assert shown["profile"]["customer_id"] == customer
    assert {one["score"] for one in shown["scores"]} >= {"churn"}
    assert ("marketing", "email", "granted") in {
        (one["purpose"], one["channel"], one["status"]) for one in shown["consents"]
    }
    assert shown["open_actions_arm"] == "policy"
    body = {"subject": {"customer_id": customer}, "channel": "web", "n": 5, "dry_run": True}
    decided = crm.ok("POST", "/v1/next_best_actions", body, "decide")
    assert shown["open_actions"] == decided["actions"]


def test_what_is_done_now_is_seen_at_once(crm: Shop) -> None:
    customer = crm.regulars("marketing", "email")[0]
    crm.consent(customer, "personalisation", "granted")
    now = crm.clock.now
    crm.parts.stores.events.record([EventRow(customer, None, "e-1", "search", now, query="milk")])
    answer = crm.act(customer, channel="email", direction="outbound", n=1)
    shown = view(crm, customer)
    assert shown["events"][0]["query"] == "milk"
    contacted = [one["action_id"] for one in answer["actions"] if one["kind"] != "none"]
    told = [one for one in shown["contacts"] if one["decision_id"] == answer["decision_id"]]
    assert [one["action_id"] for one in told] == contacted


def test_looking_records_no_decision(crm: Shop) -> None:
    customer = crm.regulars("personalisation", "web")[0]
    before = crm.parts.stores.ledger.recent([customer], 0)
    view(crm, customer, "?channel=call_centre")
    assert crm.parts.stores.ledger.recent([customer], 0) == before


def test_without_consent_the_agent_sees_orders_and_no_inference(crm: Shop) -> None:
    customer = crm.regulars("personalisation", "web")[0]
    for purpose in ("personalisation", "third_party_data"):
        crm.consent(customer, purpose, "withdrawn")
    shown = view(crm, customer)
    assert (shown["scores"], shown["scores_reason"]) == (None, "no_consent")
    assert shown["events"] is None
    assert shown["third_party"] is None
    assert shown["history"]["orders"] > 0


def test_data_of_others_need_a_grant_that_stands(crm: Shop) -> None:
    customer = crm.regulars("personalisation", "web")[0]
    crm.consent(customer, "third_party_data", "granted")
    shown = view(crm, customer)["third_party"]
    assert shown is not None
    assert all(set(one) == {"attribute", "value", "provider", "obtained_at"} for one in shown)


def test_values_that_are_no_hash_are_not_shown(crm: Shop) -> None:
    shown = [one for c in crm.bundle.customers.ids[:40] for one in view(crm, c)["identifiers"]]
    kinds = {one["identifier_type"] for one in shown}
    assert "cookie" in kinds
    for one in shown:
        assert (one["value"] is None) == (not one["identifier_type"].endswith("sha256"))


def test_reasons_come_in_french(crm: Shop) -> None:
    customer = crm.regulars("personalisation", "web")[0]
    told = [
        [one["reasons"] for one in view(crm, customer, query)["scores"] if one["score"] == "churn"]
        for query in ("", "?language=fr")
    ]
    assert told[0] != told[1]


def test_who_is_only_in_the_store_is_shown(crm: Shop) -> None:
    crm.consent("signed-up-today", "marketing", "granted", "email")
    shown = view(crm, "signed-up-today")
    assert (shown["profile"], shown["open_actions"]) == (None, [])
    assert shown["scores_reason"] == "unknown_customer"
    assert shown["history"]["orders"] == 0
    assert shown["consents"][0]["channel"] == "email"


@pytest.mark.parametrize("customer", ["nobody", "a b", "%00", "é", "x" * 200])
def test_nobody_is_not_found(crm: Shop, customer: str) -> None:
    response = crm.call("GET", f"/v1/customers/{customer}", scope="crm")
    refused(response, 404, "unknown_customer", "customer_id")


def test_a_language_there_is_not(crm: Shop) -> None:
    response = crm.call("GET", "/v1/customers/c010?language=de", scope="crm")
    refused(response, 422, "invalid_value", "language")


def test_tables_that_cannot_be_read_are_said_to_be(
    crm: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise SourceError("The tables change while they are read.", "try again.")

    monkeypatch.setattr(CustomerRows, "of", fail)
    refused(crm.call("GET", "/v1/customers/c010", scope="crm"), 503, "tables_unavailable")


def test_every_method_of_a_path_is_told(crm: Shop) -> None:
    response = crm.call("PATCH", "/v1/customers/c010")
    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) >= {"GET", "HEAD", "DELETE"}


def test_satisfaction_stands_beside_the_scores(
    front: Shop, village: Trained, tmp_path: Any
) -> None:
    import pandas as pd

    from tests.integration.support import settings_of

    customer, other = front.regulars("personalisation", "web")[:2]
    rows = pd.DataFrame(
        {"customer_id": [customer], "promoter": [0.25], "detractor": [None], "source": "inferred"}
    )
    (tmp_path / "home/experience").mkdir(parents=True)
    rows.to_parquet(tmp_path / "home/experience/customers.parquet")
    app = create_app(
        lambda: front.parts.application,
        front.parts.stores,
        front.clock,
        settings=settings_of(tmp_path / "home"),
    )
    headers = {"Authorization": f"Bearer {front.keys['crm']}"}
    body = {"customer_ids": [customer, other, "nobody"], "kinds": ["satisfaction"]}
    answer = asyncio.run(send(app, "POST", "/v1/scores", headers=headers, json=body)).json()
    told = [one["scores"] for one in answer["customers"]]
    assert [(one["score"], one["value"], one["source"]) for one in told[0]] == [
        ("promoter", 0.25, "inferred")
    ]
    assert told[1:] == [[], None]
