"""Answers as bytes."""

from pydantic_core import to_json
from starlette.responses import Response

from serving.http.security import NOSNIFF
from serving.problems import Problem
from serving.told import Told

_JSON = "application/json"
# Answers are about persons: no cache between here and the caller may keep them.
_SAFE = {"cache-control": "no-store", **NOSNIFF}


def json_reply(
    content: object, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Write an answer as JSON; a number that JSON cannot hold (NaN) becomes null."""
    body = content.json() if isinstance(content, Told) else to_json(content, inf_nan_mode="null")
    return Response(body, status, {**_SAFE, **(headers or {})}, _JSON)


def problem_reply(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """Write a refusal, with the header that its status calls for."""
    standard = {401: {"www-authenticate": "Bearer"}, 503: {"retry-after": "5"}}
    extra = {**standard.get(problem.status, {}), **(headers or {})}
    if problem.retry_after is not None:
        extra["retry-after"] = str(problem.retry_after)
    return json_reply(problem.body(), problem.status, extra)
