"""Bodies packed with gzip are read within the same bounds, and answers packed for those who ask."""

import asyncio
import gzip
import json
from typing import Any

import pytest
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from serving.http.body import MAX_BODY_BYTES
from serving.http.packing import LEAST_BYTES, Packing, takes_gzip
from tests.serving.support import ASK, LEVEL, RECOMMEND, STOCK, Service, refused

PACKED = {"content-encoding": "gzip"}


def test_a_packed_body_is_read(service: Service) -> None:
    body = gzip.compress(json.dumps(ASK).encode())
    response = service.call(*RECOMMEND, content=body, headers=PACKED)
    assert response.status_code == 200
    assert service.application.asked[0].subject.customer_id == "c1"


def test_a_long_packed_body_is_read_whole(service: Service) -> None:
    levels = [{**LEVEL, "item_id": "i1", "location_id": f"l{k}"} for k in range(9000)]
    body = json.dumps({"levels": levels}).encode()
    assert len(body) > 2**19
    response = service.call(*STOCK, content=gzip.compress(body), headers=PACKED)
    assert response.json()["accepted"] == 9000


def test_a_bomb_is_refused_by_its_length_unpacked(service: Service) -> None:
    bomb = gzip.compress(b" " * (8 * MAX_BODY_BYTES))
    assert len(bomb) < MAX_BODY_BYTES / 50
    refused(service.call(*RECOMMEND, content=bomb, headers=PACKED), 413, "body_too_large")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        gzip.compress(b"{}")[:-3],
        gzip.compress(b"{}") + b"more",
        gzip.compress(b"{}") + gzip.compress(b"{}"),
    ],
)
def test_what_is_no_gzip_is_refused(service: Service, body: bytes) -> None:
    refused(service.call(*RECOMMEND, content=body, headers=PACKED), 400, "malformed_gzip")


def test_another_packing_is_refused_after_the_key(service: Service) -> None:
    headers = {"content-encoding": "br"}
    refused(service.call(*RECOMMEND, content=b"x", headers=headers), 415, "unsupported_encoding")
    refused(service.call(*RECOMMEND, None, content=b"x", headers=headers), 401, "missing_key")


def test_a_body_said_not_to_be_packed_is_read(service: Service) -> None:
    headers = {"content-encoding": "identity"}
    assert service.call(*RECOMMEND, json=ASK, headers=headers).status_code == 200


def raw(service: Service, accepted: str) -> Any:
    headers = {"accept-encoding": accepted}
    return service.call("GET", "/openapi.json", None, headers=headers)


def test_a_long_answer_is_packed_for_who_takes_it(service: Service) -> None:
    packed, plain = raw(service, "gzip, br"), raw(service, "identity")
    assert packed.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in packed.headers["vary"]
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()  # httpx unpacks
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 3


def test_a_short_answer_is_not_packed(service: Service) -> None:
    headers = {"accept-encoding": "gzip"}
    response = service.call(*RECOMMEND, json=ASK, headers=headers)
    assert len(response.content) < LEAST_BYTES
    assert "content-encoding" not in response.headers


@pytest.mark.parametrize(
    ("header", "takes"),
    [("", False), ("br", False), ("gzip", True), ("gzip;q=0", False), ("gzip;q=0.5, br", True)],
)
def test_who_takes_gzip(header: str, takes: bool) -> None:
    assert takes_gzip(header) is takes


def sent_of(size: int, kind: str, headers: dict[str, str]) -> list[Message]:
    """What leaves of an answer of a size and kind."""
    found: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(b"a" * size, headers=headers, media_type=kind)(scope, receive, send)

    async def run() -> None:
        async def receive() -> Message:
            return {"type": "http.request"}

        async def send(message: Message) -> None:
            found.append(message)

        scope = {"type": "http", "headers": [(b"accept-encoding", b"gzip")], "method": "GET"}
        await Packing(app)(scope, receive, send)

    asyncio.run(run())
    return found


@pytest.mark.parametrize("size", [LEAST_BYTES, 2**17 + 1])
def test_what_is_packed_is_the_answer(size: int) -> None:
    start, body = sent_of(size, "application/json", {"vary": "accept"})
    headers = dict(start["headers"])
    assert gzip.decompress(body["body"]) == b"a" * size
    assert headers[b"content-length"] == str(len(body["body"])).encode()
    assert headers[b"vary"] == b"accept, accept-encoding"


def test_a_picture_is_not_packed() -> None:
    _, body = sent_of(5000, "image/png", {})
    assert body["body"] == b"a" * 5000
