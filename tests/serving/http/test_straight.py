"""The short way and the long way to a route: one answer."""

import asyncio
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from serving.http.headers import headers_of, text
from serving.http.limits import MAX_HEADER_BYTES
from serving.http.straight import Straight
from tests.serving.support import ASK, CONSENTS, LEVEL, RECOMMEND, STOCK, Service

LONG = {"origin": "https://nobody.example"}  # no page may call: it changes no answer
CASES: list[tuple[tuple[str, str], str | None, dict[str, Any]]] = [
    (RECOMMEND, "decide", {"json": ASK}),
    (RECOMMEND, "decide", {"json": ASK, "headers": {"accept-encoding": "gzip"}}),
    (RECOMMEND, "decide", {"content": b"{", "headers": {"content-length": "1"}}),
    (RECOMMEND, "decide", {"json": {**ASK, "n": 0}}),
    (RECOMMEND, "decide", {"json": {"subject": {"customer_id": "explode"}, "channel": "web"}}),
    (RECOMMEND, None, {"json": ASK}),
    (RECOMMEND, "ingest", {"json": ASK}),
    (RECOMMEND, "decide", {"json": ASK, "headers": {"content-length": "99999999"}}),
    (STOCK, "ingest", {"json": {"levels": [{**LEVEL, "item_id": "i1"}]}}),
    (CONSENTS, "decide", {"json": {}}),
    (("GET", RECOMMEND[1]), "decide", {}),
    (("HEAD", RECOMMEND[1]), "decide", {}),
    (("OPTIONS", RECOMMEND[1]), "decide", {}),
]


def told(response: httpx.Response) -> tuple[object, ...]:
    return response.status_code, response.headers.multi_items(), response.content


@pytest.mark.parametrize(("route", "scope", "request_"), CASES)
def test_both_ways_give_one_answer(
    service: Service,
    route: tuple[str, str],
    scope: str | None,
    request_: dict[str, Any],
) -> None:
    headers = request_.pop("headers", {})
    straight = service.call(*route, scope, headers=headers, **request_)
    for more in (LONG, {"content-encoding": "identity"}):
        assert told(service.call(*route, scope, headers=headers | more, **request_)) == told(
            straight
        )


class Listed:
    """An endpoint, and the long way around it, which write down who came."""

    def __init__(self, path: str = "/v1/x", query: object = None) -> None:
        self.operation = type("_", (), {"path": path, "method": "POST", "query": query})()
        self.came: list[str] = []

    async def answer(self, scope: Scope, headers: object, receive: Receive, send: Send) -> None:
        self.came.append("straight")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.came.append("long")


def way(listed: Listed, **scope: object) -> str:
    """Which way a request goes."""

    async def nothing(*_: object) -> Any:
        raise AssertionError("nobody asked")

    plain: dict[str, object] = {
        "type": "http",
        "path": "/v1/x",
        "method": "POST",
        "query_string": b"",
        "headers": [(b"a", b"1"), (b"accept-encoding", b"br")],
    }
    straight = Straight(listed, [listed])  # type: ignore[list-item]
    asyncio.run(straight({**plain, **scope}, nothing, nothing))
    return listed.came[-1]


def test_a_plain_request_goes_straight() -> None:
    assert way(Listed()) == "straight"
    assert way(Listed(), root_path="") == "straight"
    most = [(b"a", b"1" * (MAX_HEADER_BYTES - 1))]
    assert way(Listed(), headers=most) == "straight"


@pytest.mark.parametrize(
    "scope",
    [
        {"path": "/v1/y"},
        {"path": "/v1/x/"},
        {"method": "GET"},
        {"query_string": b"n=1"},
        {"root_path": "/shop"},
        {"headers": [(b"a", b"1"), (b"a", b"2")]},
        {"headers": [(b"origin", b"null")]},
        {"headers": [(b"content-encoding", b"gzip")]},
        {"headers": [(b"a", b"1" * MAX_HEADER_BYTES)]},
    ],
)
def test_what_is_out_of_the_ordinary_goes_the_long_way(scope: dict[str, object]) -> None:
    assert way(Listed(), **scope) == "long"


def test_routes_with_parameters_are_found_on_the_long_way() -> None:
    assert way(Listed("/v1/{x}"), path="/v1/{x}") == "long"
    assert way(Listed(query=object())) == "long"


def test_of_a_header_given_twice_the_first_counts() -> None:
    headers = headers_of({"headers": [(b"a", b"1"), (b"b", b"\xe9"), (b"a", b"2")]})
    assert (text(headers, b"a"), text(headers, b"b"), text(headers, b"c")) == ("1", "é", None)
