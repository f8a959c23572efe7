"""Answers as bytes."""

from typing import Final

from pydantic_core import to_json
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from serving.http.security import NOSNIFF
from serving.problems import Problem
from serving.told import Told

Raw = tuple[bytes, bytes]
_LENGTH: Final = b"content-length"
_TYPE: Final[Raw] = (b"content-type", b"application/json")


def _raw(headers: dict[str, str]) -> list[Raw]:
    return [(name.lower().encode("latin-1"), v.encode("latin-1")) for name, v in headers.items()]


# Answers are about persons: no cache between here and the caller may keep them.
_SAFE: Final = _raw({"cache-control": "no-store", **NOSNIFF})


class JsonReply(Response):
    """An answer in JSON, whose headers are written once for all answers."""

    def __init__(self, body: bytes, status: int, headers: dict[str, str] | None) -> None:
        # Not Starlette's own: it takes as long to write four headers as the answer took.
        self.status_code = status
        self.body = body
        self.background = None
        length = (_LENGTH, b"%d" % len(body))
        self.raw_headers = [*(_with(headers) if headers else _SAFE), length, _TYPE]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        head = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        await send({"type": "http.response.body", "body": self.body})


def json_reply(
    content: object, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Write an answer as JSON; a number that JSON cannot hold (NaN) becomes null."""
    body = content.json() if isinstance(content, Told) else to_json(content, inf_nan_mode="null")
    return JsonReply(body, status, headers)


def problem_reply(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """Write a refusal, with the header that its status calls for."""
    standard = {401: {"www-authenticate": "Bearer"}, 503: {"retry-after": "5"}}
    extra = {**standard.get(problem.status, {}), **(headers or {})}
    if problem.retry_after is not None:
        extra["retry-after"] = str(problem.retry_after)
    return json_reply(problem.body(), problem.status, extra)


def _with(headers: dict[str, str]) -> list[Raw]:
    """Return the headers of every answer and further ones, which outrank them by their name."""
    more = _raw(headers)
    names = {name for name, _ in more}
    return [*(one for one in _SAFE if one[0] not in names), *more]
