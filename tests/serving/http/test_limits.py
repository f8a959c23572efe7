"""Requests a second, addresses, headers and origins: what is over the limit is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from features.environment import Rate
from features.errors import SettingError
from features.settings import Settings, read_settings
from serving.auth import new_key
from serving.http import create_app
from serving.http.limits import (
    MAX_ADDRESS_BYTES,
    MAX_HEADER_BYTES,
    LimitedGatekeeper,
    RateLimiter,
)
from serving.problems import Problem
from serving.stores import Stores
from tests.serving.support import ASK, NOW, RECOMMEND, Service, refused


class Stopwatch:
    """Seconds that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def limited(service: Service, **settings: str) -> None:
    """Put the service together anew, under settings."""
    read = replace(read_settings(settings), home=Path("nowhere"))
    service.app = create_app(
        lambda: service.application, service.stores, lambda: NOW, settings=read
    )


def test_a_bucket_empties_and_fills_at_its_rate() -> None:
    watch = Stopwatch()
    limiter = RateLimiter(Rate(3, 60), watch)
    for _ in range(3):
        limiter.take("k")
    with pytest.raises(Problem) as caught:
        limiter.take("k")
    assert (caught.value.status, caught.value.retry_after) == (429, 21)
    limiter.take("another")
    watch.now = 20.0
    limiter.take("k")
    with pytest.raises(Problem):
        limiter.take("k")
    watch.now = 10_000.0  # however long it waits, it holds no more than the rate's number
    for _ in range(3):
        limiter.take("k")
    with pytest.raises(Problem):
        limiter.take("k")


def test_buckets_are_forgotten_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.http.limits._MOST_BUCKETS", 2)
    limiter = RateLimiter(Rate(1, 60), Stopwatch())
    for key in ("a", "b", "c"):
        limiter.take(key)
    assert list(limiter._buckets) == ["b", "c"]
    limiter.take("a")
    with pytest.raises(Problem):
        limiter.take("c")


def test_above_its_rate_a_key_waits(service: Service) -> None:
    limited(service, NEXTBEST_RATE_LIMIT="2/h")
    for _ in range(2):
        assert service.call(*RECOMMEND, "decide", json=ASK).status_code == 200
    response = service.call(*RECOMMEND, "decide", json=ASK)
    assert "2/h" in refused(response, 429, "too_many_requests")["message"]
    assert 0 < int(response.headers["retry-after"]) <= 1801
    assert service.call(*RECOMMEND, "admin", json=ASK).status_code == 200


def test_unknown_keys_take_no_memory(stores: Stores) -> None:
    limiter = RateLimiter(Rate(1, 1))
    gate = LimitedGatekeeper(stores.keys, "", lambda: NOW, limiter)
    for _ in range(20):
        with pytest.raises(Problem) as caught:
            gate.check(f"Bearer {new_key()}", ["decide"])
        assert caught.value.status == 401
    assert limiter._buckets == {}


def test_lengths_are_bounded(service: Service) -> None:
    refused(service.call("GET", "/v1/" + "a" * MAX_ADDRESS_BYTES), 414, "address_too_long")
    refused(
        service.call("GET", f"/v1/customers?query={'a' * MAX_ADDRESS_BYTES}"),
        414,
        "address_too_long",
    )
    headers = {"x-much": "a" * MAX_HEADER_BYTES}
    refused(service.call(*RECOMMEND, json=ASK, headers=headers), 431, "headers_too_large")
    text = service.call("GET", "/metrics", scope=None).text
    assert 'http_response_code="431"' in text
    assert 'http_response_code="414"' in text


def test_no_page_may_call_unless_it_is_listed(service: Service) -> None:
    asks = {"origin": "https://shop.example", "access-control-request-method": "POST"}
    assert (
        "access-control-allow-origin"
        not in service.call("OPTIONS", RECOMMEND[1], None, headers=asks).headers
    )
    limited(service, NEXTBEST_CORS_ORIGINS="https://shop.example, http://127.0.0.1:8080")
    allowed = service.call("OPTIONS", RECOMMEND[1], None, headers=asks)
    assert allowed.headers["access-control-allow-origin"] == "https://shop.example"
    assert "access-control-allow-credentials" not in allowed.headers
    other = {**asks, "origin": "https://evil.example"}
    assert (
        "access-control-allow-origin"
        not in service.call("OPTIONS", RECOMMEND[1], None, headers=other).headers
    )
    called = service.call(*RECOMMEND, json=ASK, headers={"origin": "https://shop.example"})
    assert called.headers["access-control-allow-origin"] == "https://shop.example"
    refusal = service.call(*RECOMMEND, None, json=ASK, headers={"origin": "https://shop.example"})
    assert refusal.headers["access-control-allow-origin"] == "https://shop.example"


@pytest.mark.parametrize(
    ("text", "rate"),
    [("100/s", Rate(100, 1)), (" 5 / m ", Rate(5, 60)), ("7/h", Rate(7, 3600)), ("", None)],
)
def test_a_rate_is_read(text: str, rate: Rate | None) -> None:
    assert read_settings({"NEXTBEST_RATE_LIMIT": text}).rate_limit == rate


@pytest.mark.parametrize("text", ["100", "0/s", "-1/s", "1/day", "x/s", "1.5/s", "/s"])
def test_another_rate_is_refused(text: str) -> None:
    with pytest.raises(SettingError, match="NEXTBEST_RATE_LIMIT"):
        read_settings({"NEXTBEST_RATE_LIMIT": text})


def test_origins_are_read() -> None:
    read = read_settings({"NEXTBEST_CORS_ORIGINS": "https://a.example,,http://b.example:1 "})
    assert read.cors_origins == ("https://a.example", "http://b.example:1")
    assert Settings(Path()).cors_origins == ()


@pytest.mark.parametrize("text", ["*", "a.example", "https://a.example/", "ftp://a", "https://"])
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(SettingError, match="NEXTBEST_CORS_ORIGINS"):
        read_settings({"NEXTBEST_CORS_ORIGINS": text})
