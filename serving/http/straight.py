"""The short way of the requests that come most: to their route by its exact path.

A request that needs none of what lies between the server and a route passes none of it. Whatever
is out of the ordinary about it, it goes the long way, where that is dealt with: a packed body, a
page of another origin, parameters, a header given twice, one that is too long, another method.
Those differ in what they cost, not in what they are answered.
"""

from collections.abc import Iterable
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from serving.http.endpoint import Endpoint
from serving.http.headers import Headers, headers_of, text
from serving.http.limits import MAX_HEADER_BYTES
from serving.http.packing import Packer, takes_gzip

_LONG_WAY: Final = frozenset((b"content-encoding", b"origin"))


class Straight:
    """ASGI middleware: takes plain requests to their routes, and lets all others pass.

    Parameters
    ----------
    app
        The long way.
    endpoints
        All routes; those with parameters in their path or after it are left to the long way.
    """

    def __init__(self, app: ASGIApp, endpoints: Iterable[Endpoint]) -> None:
        self._app = app
        self._endpoints = {
            (one.operation.path, one.operation.method): one
            for one in endpoints
            if "{" not in one.operation.path and one.operation.query is None
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        endpoint = self._endpoints.get((scope.get("path", ""), scope.get("method", "")))
        headers = None if endpoint is None else _plain(scope)
        if endpoint is None or headers is None:
            await self._app(scope, receive, send)
            return
        accepted = text(headers, b"accept-encoding")
        if accepted and takes_gzip(accepted):
            send = Packer(send)
        await endpoint.answer(scope, headers, receive, send)


def _plain(scope: Scope) -> Headers | None:
    """Return the headers of a request that nothing but its route looks at; None for others."""
    headers = headers_of(scope)
    if (
        len(headers) < len(scope["headers"])
        or not _LONG_WAY.isdisjoint(headers)
        or scope["query_string"]
        or scope.get("root_path")
    ):
        return None
    size = sum(map(len, headers)) + sum(map(len, headers.values()))
    return headers if size <= MAX_HEADER_BYTES else None
