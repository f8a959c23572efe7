"""Bodies that come at once, in pieces, late, or never."""

import asyncio
from collections.abc import Sequence

import pytest
from starlette.types import Message, Receive

from serving.http import body as module
from serving.http.begun import Begun, begin
from serving.http.body import MAX_BODY_BYTES, read_body
from serving.problems import Problem


def piece(body: bytes, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def receiving(messages: Sequence[Message], pauses: Sequence[float]) -> Receive:
    left = iter(zip(messages, pauses, strict=True))

    async def receive() -> Message:
        message, pause = next(left)
        if pause:
            await asyncio.sleep(pause)
        return message

    return receive


@pytest.mark.parametrize("pauses", [(0, 0, 0), (0.001, 0, 0), (0, 0.001, 0), (0.001, 0.001, 0)])
def test_a_body_is_read_whole_however_it_comes(pauses: Sequence[float]) -> None:
    messages = [piece(b"a", True), piece(b"", True), piece(b"b")]
    assert asyncio.run(read_body("", receiving(messages, pauses))) == b"ab"
    assert asyncio.run(read_body("1", receiving([piece(b"a")], pauses[:1]))) == b"a"


def refused(told: str, receive: Receive) -> tuple[int, str]:
    with pytest.raises(Problem) as caught:
        asyncio.run(read_body(told, receive))
    return caught.value.status, caught.value.code


@pytest.mark.parametrize("pause", [0.0, 0.001])
def test_a_body_that_breaks_off_is_refused(pause: float) -> None:
    gone: Message = {"type": "http.disconnect"}
    assert refused("", receiving([gone], [pause])) == (400, "incomplete_body")
    half = receiving([piece(b"a", True), gone], [pause, pause])
    assert refused("", half) == (400, "incomplete_body")


@pytest.mark.parametrize("come", [0, 1])
def test_a_body_that_does_not_come_is_waited_for_and_no_longer(
    monkeypatch: pytest.MonkeyPatch, come: int
) -> None:
    monkeypatch.setattr(module, "_SECONDS", 0.01)
    messages = [piece(b"a", True)] * come + [piece(b"b")]
    late = receiving(messages, [0.0] * come + [3600.0])
    assert refused("", late) == (400, "incomplete_body")


def test_a_body_is_refused_as_soon_as_it_is_too_long() -> None:
    assert refused(str(MAX_BODY_BYTES + 1), receiving([], [])) == (413, "body_too_large")
    whole = piece(b"a" * (MAX_BODY_BYTES + 1))
    assert refused("", receiving([whole], [0])) == (413, "body_too_large")
    parts = [piece(b"a" * MAX_BODY_BYTES, True), piece(b"a", True)]
    assert refused("1", receiving(parts, [0, 0])) == (413, "body_too_large")
    most = receiving([piece(b"a" * MAX_BODY_BYTES)], [0])
    assert len(asyncio.run(read_body(str(MAX_BODY_BYTES), most))) == MAX_BODY_BYTES


def test_who_is_cancelled_lets_go_of_what_it_waited_for() -> None:
    let_go: list[str] = []

    async def receive() -> Message:
        try:
            await asyncio.sleep(3600)
        finally:
            let_go.append("receive")
        raise AssertionError("nobody waits so long")

    async def wait() -> None:
        begun = begin(receive)
        assert isinstance(begun, Begun)
        await begun

    async def run() -> None:
        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert let_go == ["receive"]
