"""Reading a request body without trusting its length."""

import asyncio
from typing import Final

from starlette.types import Message, Receive

from serving.http.begun import Begun, begin
from serving.problems import Problem

MAX_BODY_BYTES: Final = 5 * 2**20
_SECONDS: Final = 8  # below the service's own 30 s, so that the refusal has our shape


async def read_body(told: str, receive: Receive) -> bytes:
    """Return the body.

    Parameters
    ----------
    told
        How long it is, as its header says; empty where none does.
    receive
        Of ASGI.

    Raises
    ------
    Problem
        413 as soon as the limit is passed, 400 when the body does not arrive.
    """
    if told.isdecimal() and int(told) > MAX_BODY_BYTES:
        raise _too_large()
    try:
        # Most bodies come with their headers: nobody waits, and no timer is set.
        first = begin(receive)
        if not isinstance(first, Begun) and not first.get("more_body", False):
            return _piece(first, 0)
        async with asyncio.timeout(_SECONDS):
            return await _collected(await first if isinstance(first, Begun) else first, receive)
    except TimeoutError as error:
        raise _incomplete() from error


async def _collected(message: Message, receive: Receive) -> bytes:
    chunks = [_piece(message, 0)]
    size = len(chunks[0])
    while message.get("more_body", False):
        message = await receive()
        chunks.append(_piece(message, size))
        size += len(chunks[-1])
    return b"".join(chunks)


def _piece(message: Message, before: int) -> bytes:
    """Return what a message brings of a body, after so many bytes."""
    if message["type"] == "http.disconnect":
        raise _incomplete()
    piece: bytes = message.get("body", b"")
    if before + len(piece) > MAX_BODY_BYTES:
        raise _too_large()
    return piece


def _incomplete() -> Problem:
    return Problem(
        400,
        "incomplete_body",
        "The body did not arrive in full.",
        remedy=f"send it within {_SECONDS} seconds",
    )


def _too_large() -> Problem:
    return Problem(
        413,
        "body_too_large",
        f"The body is larger than {MAX_BODY_BYTES} bytes.",
        remedy="split it into several requests",
    )
