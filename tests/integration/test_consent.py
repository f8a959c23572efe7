"""Consent is asked for every decision: a withdrawal binds the next one, everywhere."""

from collections.abc import Callable
from typing import Any

import pytest

from decisioning.draws import draws, subject_keys
from serving.stores.ports import LinkRow
from tests.integration.support import Shop, action_ids, item_ids, reasons
from tests.integration.village import DAY


@pytest.fixture
def customer(front: Shop) -> str:
    return front.regulars("personalisation", "web")[0]


def assert_not_personal(front: Shop, answer: dict[str, Any], fallback: str) -> None:
    assert (answer["personalised"], answer["fallback"]) == (False, fallback)
    assert len(answer["items"]) == 10
    assert {item["reason"] for item in answer["items"]} == {"popular"}
    assert all(item["stock"]["quantity"] > 0 for item in answer["items"])


@pytest.mark.parametrize("status", ["withdrawn", "denied"])
def test_without_personalisation_the_next_answer_is_popular_and_full(
    front: Shop, customer: str, status: str
) -> None:
    before = front.recommend(customer)
    assert (before["personalised"], before["fallback"]) == (True, None)
    front.consent(customer, "personalisation", status)
    after = front.recommend(customer)
    assert_not_personal(front, after, "no_consent")
    stranger = front.recommend("a-stranger")
    assert_not_personal(front, stranger, "cold_start")
    assert item_ids(after) == item_ids(stranger)


def test_which_shop_is_theirs_is_personal_too(front: Shop, customer: str) -> None:
    front.consent(customer, "personalisation", "withdrawn")
    after = front.recommend(customer, channel="shop")
    stranger = front.recommend("a-stranger", channel="shop")
    assert len(after["items"]) == 10, "full, from the location that stands in for a home"
    assert {item["stock"]["location_id"] for item in after["items"]} == {
        front.bundle.policy.stock_fallback
    }
    assert after["items"] == stranger["items"]


def test_a_withdrawal_binds_another_process(open_front: Callable[..., Shop]) -> None:
    one = open_front()
    other = open_front(clock=one.clock)
    customer = one.regulars("personalisation", "web")[0]
    assert other.recommend(customer)["personalised"]
    one.consent(customer, "personalisation", "withdrawn")
    assert other.recommend(customer)["fallback"] == "no_consent"
    one.clock.now += 1
    other.consent(customer, "personalisation", "granted")
    assert one.recommend(customer)["personalised"]


def test_nothing_is_read_of_a_customer_who_withdrew(front: Shop, customer: str) -> None:
    front.consent(customer, "personalisation", "withdrawn")
    answer = front.act(customer, explain=True)
    record = front.record(answer["decision_id"])
    assert set(record["inputs"]["columns"].values()) == {None}
    assert action_ids(answer) == ["do_nothing"]
    assert front.record(front.recommend(customer)["decision_id"])["items"]


def test_a_grant_for_one_channel_is_none_for_another(front: Shop, customer: str) -> None:
    front.consent(customer, "personalisation", "withdrawn")
    front.clock.now += 1
    front.consent(customer, "personalisation", "granted", channel="app")
    assert front.recommend(customer, channel="app")["personalised"]
    assert front.recommend(customer, channel="web")["fallback"] == "no_consent"


def test_a_grant_that_expired_is_none(front: Shop, customer: str) -> None:
    one = {
        "customer_id": customer,
        "purpose": "personalisation",
        "channel": "any",
        "status": "granted",
        "expires_at": front.clock.now + DAY,
    }
    front.ok("PUT", "/v1/consents", {"consents": [one]})
    assert front.recommend(customer)["personalised"]
    front.clock.now += DAY
    assert front.recommend(customer)["fallback"] == "no_consent"


def test_without_marketing_nothing_goes_out(front: Shop) -> None:
    customer = next(
        c
        for c in front.regulars("marketing", "email")
        if action_ids(
            front.act(c, channel="email", direction="outbound", dry_run=True)
        ) != ["do_nothing"]
    )  # fmt: skip
    front.consent(customer, "marketing", "withdrawn", channel="email")
    answer = front.act(customer, channel="email", direction="outbound", n=20, explain=True)
    assert action_ids(answer) == ["do_nothing"]
    candidates = front.record(answer["decision_id"])["candidates"]
    catalogue = {a.action_id: a for a in front.bundle.actions}
    for one in candidates:
        action = catalogue[one["action_id"]]
        if action.purpose == "marketing":
            assert (one["stage"], one["verdict"]) in {
                ("consent", "consent_withdrawn"),
                ("eligibility", "channel_not_supported"),
                ("eligibility", "condition_false"),
                ("eligibility", "condition_unknown"),
            }
    stopped = [c for c in candidates if c["verdict"] == "consent_withdrawn"]
    assert stopped
    assert all(c["propensity"] is None and c["action_probability"] is None for c in stopped)


def test_a_withdrawal_for_any_channel_stops_every_channel(front: Shop) -> None:
    customer = front.regulars("marketing", "post")[0]
    front.consent(customer, "marketing", "withdrawn")
    for channel in ("email", "post", "sms", "push", "phone"):
        answer = front.act(customer, channel=channel, direction="outbound", dry_run=True)
        assert action_ids(answer) == ["do_nothing"]


def test_an_unknown_customer(front: Shop) -> None:
    assert_not_personal(front, front.recommend("nobody"), "cold_start")
    body = {"subject": {"customer_id": "nobody"}, "channel": "web"}
    response = front.call("POST", "/v1/next_best_actions", body)
    assert response.status_code == 404
    error = response.json()["error"]
    assert (error["code"], error["field"]) == ("unknown_customer", "subject.customer_id")
    assert error["remedy"]


def test_a_customer_without_history_starts_cold(front: Shop) -> None:
    front.consent("new0", "personalisation", "granted")
    assert_not_personal(front, front.recommend("new0"), "cold_start")
    assert front.act("new0")["actions"]


def visitor(front: Shop, name: str, path: str, **more: Any) -> Any:
    return front.ok("POST", path, {"subject": {"visitor_id": name}, "channel": "web", **more})


def test_a_linked_visitor_is_the_customer(front: Shop, customer: str) -> None:
    links = [LinkRow("ck-of-ours", customer, front.clock.now)]
    front.parts.stores.links.put(links)
    asked = visitor(front, "ck-of-ours", "/v1/recommendations", n=10)
    named = front.recommend(customer)
    assert asked["personalised"]
    assert item_ids(asked) == item_ids(named)
    assert front.record(asked["decision_id"])["subject"] == customer
    assert action_ids(visitor(front, "ck-of-ours", "/v1/next_best_actions")) == action_ids(
        front.act(customer)
    )
    front.consent(customer, "personalisation", "withdrawn")
    assert visitor(front, "ck-of-ours", "/v1/recommendations")["fallback"] == "no_consent"


def test_a_stranger_at_the_door(front: Shop) -> None:
    answer = visitor(front, "ck-of-nobody", "/v1/recommendations", n=10)
    assert_not_personal(front, answer, "cold_start")
    assert front.record(answer["decision_id"])["subject"] == "ck-of-nobody"
    actions = visitor(front, "ck-of-nobody", "/v1/next_best_actions", explain=True)
    assert action_ids(actions) == ["do_nothing"]
    assert set(reasons(actions["dropped"], "action_id").values()) == {("known", "unknown_subject")}


def test_a_visitor_link_that_simulation_published(front: Shop, village: Any) -> None:
    from features.tables import open_tables

    con = open_tables(village.settings.tables)
    cookie, owner = con.execute(
        "select value, customer_id from identifiers where identifier_type = 'cookie' limit 1"
    ).fetchall()[0]
    con.close()
    asked = visitor(front, cookie, "/v1/recommendations", n=10)
    assert item_ids(asked) == item_ids(front.recommend(owner))


def test_the_control_group_is_the_persons_not_the_cookies(front: Shop) -> None:
    """A customer in the control group is not contacted, by whichever id they are asked about."""
    policy = front.bundle.policy
    everyone = front.who_allows("marketing", "email")
    share = draws(policy.seed, "control", subject_keys(everyone))
    customer = everyone[int(share.argmin())]
    assert share.min() < policy.control_share
    front.parts.stores.links.put([LinkRow("ck", customer, front.clock.now)])
    body = {
        "subject": {"visitor_id": "ck"},
        "channel": "email",
        "direction": "outbound",
        "dry_run": True,
    }
    assert front.ok("POST", "/v1/next_best_actions", body)["arm"] == "control"
    named = front.act(customer, channel="email", direction="outbound", dry_run=True)
    assert named["arm"] == "control"
    assert action_ids(named) == ["do_nothing"]
