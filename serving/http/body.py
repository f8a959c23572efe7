"""Reading a request body without trusting its length."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from serving.problems import Problem

MAX_BODY_BYTES = 5 * 2**20
_SECONDS = 8  # below the service's own 30 s, so that the refusal has our shape


async def read_body(request: Request) -> bytes:
    """Return the body.

    Raises
    ------
    Problem
        413 as soon as the limit is passed, 400 when the body does not arrive.
    """
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > MAX_BODY_BYTES:
        raise _too_large()
    try:
        async with asyncio.timeout(_SECONDS):
            return await _collected(request)
    except (TimeoutError, ClientDisconnect) as error:
        raise Problem(
            400,
            "incomplete_body",
            "The body did not arrive in full.",
            remedy=f"send it within {_SECONDS} seconds",
        ) from error


async def _collected(request: Request) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise _too_large()
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large() -> Problem:
    return Problem(
        413,
        "body_too_large",
        f"The body is larger than {MAX_BODY_BYTES} bytes.",
        remedy="split it into several requests",
    )
