"""Every bad request gets its 4xx in one shape, and changes nothing."""

import json
from typing import Any

import pytest

from serving.stores.ports import StoreUnavailableError
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
    SUBJECT,
    Service,
    contents,
    refused,
)


def levels(**changes: Any) -> dict[str, Any]:
    return {"levels": [{**LEVEL, **changes}]}


def consents(**changes: Any) -> dict[str, Any]:
    return {"consents": [{**CONSENT, **changes}]}


BAD_VALUES: list[tuple[tuple[str, str], Any, str, str | None]] = [
    (RECOMMEND, {**ASK, "n": 0}, "invalid_value", "n"),
    (RECOMMEND, {**ASK, "n": 10_000}, "invalid_value", "n"),
    (RECOMMEND, {**ASK, "n": "3"}, "invalid_value", "n"),
    (RECOMMEND, {**ASK, "n": 3.5}, "invalid_value", "n"),
    (RECOMMEND, {**ASK, "n": True}, "invalid_value", "n"),
    (RECOMMEND, {**ASK, "channel": "fax"}, "invalid_value", "channel"),
    (RECOMMEND, {**ASK, "goal": "sell"}, "invalid_value", "goal"),
    (RECOMMEND, {**ASK, "explain": "yes"}, "invalid_value", "explain"),
    (RECOMMEND, {**ASK, "extra": 1}, "unknown_field", "extra"),
    (RECOMMEND, {**ASK, "context": {"bakset": []}}, "unknown_field", "context.bakset"),
    (RECOMMEND, {**ASK, "context": {"basket": ["a"] * 201}}, "invalid_value", "context.basket"),
    (RECOMMEND, {**ASK, "exclude_item_ids": ["a"] * 1001}, "invalid_value", "exclude_item_ids"),
    (RECOMMEND, {**ASK, "exclude_item_ids": "abc"}, "invalid_value", "exclude_item_ids"),
    (RECOMMEND, {**ASK, "filter": {"price_max": -1}}, "invalid_value", "filter.price_max"),
    (RECOMMEND, {"channel": "web"}, "missing_field", "subject"),
    (RECOMMEND, SUBJECT, "missing_field", "channel"),
    (RECOMMEND, {"channel": "web", "subject": {}}, "invalid_value", "subject"),
    (RECOMMEND, {**ASK, "subject": None}, "invalid_value", "subject"),
    (RECOMMEND, {**ASK, "subject": {"customer_id": 1}}, "invalid_value", "subject.customer_id"),
    (RECOMMEND, {**ASK, "subject": {"customer_id": ""}}, "invalid_value", "subject.customer_id"),
    (RECOMMEND, {**ASK, "subject": {"visitor_id": "a\n"}}, "invalid_value", "subject.visitor_id"),
    (
        RECOMMEND,
        {**ASK, "subject": {"customer_id": "x" * 129}},
        "invalid_value",
        "subject.customer_id",
    ),
    (
        RECOMMEND,
        {**ASK, "subject": {"customer_id": "c1", "visitor_id": "v1"}},
        "invalid_value",
        "subject",
    ),
    (RECOMMEND, [], "invalid_value", None),
    (RECOMMEND, 7, "invalid_value", None),
    (ACTIONS, {**ASK, "n": 21}, "invalid_value", "n"),
    (ACTIONS, {**ASK, "direction": "sideways"}, "invalid_value", "direction"),
    (ACTIONS, {**ASK, "placement": "home"}, "unknown_field", "placement"),
    (STOCK, {}, "missing_field", "levels"),
    (STOCK, {"levels": []}, "invalid_value", "levels"),
    (STOCK, {"levels": [None]}, "invalid_value", "levels.0"),
    (STOCK, {"levels": [LEVEL] * 10_001}, "invalid_value", "levels"),
    (STOCK, levels(quantity=-1), "invalid_value", "levels.0.quantity"),
    (STOCK, levels(quantity="3"), "invalid_value", "levels.0.quantity"),
    (STOCK, levels(status="sold"), "invalid_value", "levels.0.status"),
    (STOCK, levels(as_of="2026-01-01T00:00:00"), "invalid_value", "levels.0.as_of"),
    (STOCK, levels(as_of="2026-01-01"), "invalid_value", "levels.0.as_of"),
    (STOCK, levels(as_of="yesterday"), "invalid_value", "levels.0.as_of"),
    (STOCK, levels(as_of=NOW + 301), "invalid_value", "levels.0.as_of"),
    (STOCK, levels(as_of=NOW * 1000), "invalid_value", "levels.0.as_of"),
    (STOCK, levels(as_of=-1), "invalid_value", "levels.0.as_of"),
    (STOCK, levels(as_of=10**400), "invalid_value", "levels.0.as_of"),
    (STOCK, levels(as_of=True), "invalid_value", "levels.0.as_of"),
    (STOCK, levels(as_of=None), "invalid_value", "levels.0.as_of"),
    (STOCK, {"levels": [LEVEL, {**LEVEL, "item_id": "no"}]}, "unknown_item", "levels.1.item_id"),
    (CONSENTS, consents(purpose="profit"), "invalid_value", "consents.0.purpose"),
    (CONSENTS, consents(channel="fax"), "invalid_value", "consents.0.channel"),
    (CONSENTS, consents(status="maybe"), "invalid_value", "consents.0.status"),
    (CONSENTS, consents(recorded_at=NOW + 301), "invalid_value", "consents.0.recorded_at"),
    (CONSENTS, consents(expires_at="soon"), "invalid_value", "consents.0.expires_at"),
    (OUTCOMES, {"outcomes": []}, "invalid_value", "outcomes"),
    (OUTCOMES, {"outcomes": [{}] * 1001}, "invalid_value", "outcomes"),
    (OUTCOMES, {"outcomes": {}}, "invalid_value", "outcomes"),
]


@pytest.mark.parametrize(("route", "body", "code", "field"), BAD_VALUES)
def test_a_bad_value_is_named_and_changes_nothing(
    service: Service, route: tuple[str, str], body: Any, code: str, field: str | None
) -> None:
    before = contents(service.stores)
    error = refused(service.call(*route, json=body), 422, code, field)
    assert error["remedy"]
    assert field is None or field in error["message"]
    assert (contents(service.stores), service.application.asked) == (before, [])


def test_anybody_may_say_what_they_allow(service: Service) -> None:
    body = {"consents": [CONSENT, {**CONSENT, "customer_id": "signed-up-a-minute-ago"}]}
    response = service.call(*CONSENTS, json=body)
    assert (response.status_code, response.json()["accepted"]) == (200, 2)
    (held,) = service.stores.consents.for_customers(["signed-up-a-minute-ago"])
    assert held.status == "granted"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"n": 1,}',
        b"\xff\xfe\x00",
        b'{"subject": {"customer_id": "\xe9"}, "channel": "web"}',
        b'{"subject": {"customer_id": "\\ud800"}, "channel": "web"}',
        b"[" * 100_000,
        b'{"a":' * 300 + b"1" + b"}" * 300,
    ],
    ids=["empty", "cut", "comma", "bytes", "latin-1", "surrogate", "deep list", "deep object"],
)
def test_a_body_that_is_not_json_is_refused(service: Service, body: bytes) -> None:
    refused(service.call(*RECOMMEND, content=body), 400, "malformed_json")
    assert service.application.asked == []


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_only_finite_numbers_pass(service: Service, number: str) -> None:
    body = json.dumps({**ASK, "filter": {"price_max": 0.25}}).replace("0.25", number)
    refused(service.call(*RECOMMEND, content=body), 422, "invalid_value", "filter.price_max")


@pytest.mark.parametrize(
    "path",
    ["/v1", "/v1/", "/v1/nope", "/v1/stock/", "/nope", "/a/b", "/docs.json", "/v1/decisions"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_route_is_404(service: Service, method: str, path: str) -> None:
    refused(service.call(method, path), 404, "unknown_route")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/recommendations", "POST"),
        ("POST", "/v1/stock", "PUT"),
        ("DELETE", "/v1/decisions/d1", "GET, HEAD"),
        ("POST", "/docs", "GET, HEAD"),
        ("POST", "/livez", "GET, HEAD"),
        ("BREW", "/v1/consents", "PUT"),
    ],
)
def test_a_wrong_method_is_405(service: Service, method: str, path: str, allowed: str) -> None:
    response = service.call(method, path)
    refused(response, 405, "wrong_method")
    assert response.headers["allow"] == allowed


def test_an_unknown_decision_is_404(service: Service) -> None:
    refused(service.call("GET", "/v1/decisions/nope"), 404, "unknown_decision")


def test_a_body_over_5_mib_is_refused_while_it_streams(service: Service) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while True:
            sent += 2**20
            yield b" " * 2**20

    refused(service.call(*STOCK, content=endless()), 413, "body_too_large")
    assert sent == 6 * 2**20


def test_a_body_told_to_be_too_large_is_not_read(service: Service) -> None:
    headers = {"content-length": str(5 * 2**20 + 1)}
    refused(service.call(*STOCK, content=b"{}", headers=headers), 413, "body_too_large")


def test_a_service_that_is_not_ready_says_so(service: Service) -> None:
    service.ready = False
    response = service.call(*RECOMMEND, json=ASK)
    refused(response, 503, "not_ready")
    assert response.headers["retry-after"]
    refused(service.call(*OUTCOMES, json={"outcomes": [{}]}), 503, "not_ready")


def test_a_store_that_cannot_be_written_is_503(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put(_rows: object) -> None:
        raise StoreUnavailableError("database is locked")

    monkeypatch.setattr(service.stores.stock, "put", put)
    refused(service.call(*STOCK, json={"levels": [LEVEL]}), 503, "store_unavailable")


def test_an_unforeseen_error_does_not_leak(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    body = {**ASK, "subject": {"customer_id": "explode"}}
    error = refused(service.call(*RECOMMEND, json=body), 500, "internal_error")
    assert "secret" not in str(error)
    assert "a secret" in caplog.text


def test_a_long_value_is_shortened_in_the_message(service: Service) -> None:
    error = refused(
        service.call(*RECOMMEND, json={**ASK, "channel": "x" * 5000}),
        422,
        "invalid_value",
        "channel",
    )
    assert len(error["message"]) < 200


def test_a_near_miss_gets_a_suggestion(service: Service) -> None:
    error = refused(
        service.call(*RECOMMEND, json={**ASK, "context": {"baskte": []}}),
        422,
        "unknown_field",
        "context.baskte",
    )
    assert "did you mean basket?" in error["remedy"]
