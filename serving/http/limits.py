"""How much one caller may ask: the length of an address and of headers, and requests a second."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from time import monotonic
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from features.environment import Rate
from serving.auth import Caller, Gatekeeper
from serving.http.replies import problem_reply
from serving.problems import Problem
from serving.stores.ports import KeyStore

MAX_ADDRESS_BYTES: Final = 16 * 2**10
MAX_HEADER_BYTES: Final = 32 * 2**10
_MOST_BUCKETS: Final = 10_000
"""Keys remembered at once; only keys that exist are, so this bounds what a store of many costs."""


class Lengths:
    """ASGI middleware: refuses addresses and headers that no client of ours needs."""

    def __init__(self, app: ASGIApp, refused: Callable[[int], None]) -> None:
        self._app = app
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        problem = _too_long(scope) if scope["type"] == "http" else None
        if problem is None:
            await self._app(scope, receive, send)
            return
        self._refused(problem.status)
        await problem_reply(problem)(scope, receive, send)


def _too_long(scope: Scope) -> Problem | None:
    address = len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"])
    if address > MAX_ADDRESS_BYTES:
        return Problem(
            414,
            "address_too_long",
            f"The address is longer than {MAX_ADDRESS_BYTES} bytes.",
            remedy="shorten the path and the parameters",
        )
    if sum(len(key) + len(value) for key, value in scope["headers"]) > MAX_HEADER_BYTES:
        return Problem(
            431,
            "headers_too_large",
            f"The headers are larger than {MAX_HEADER_BYTES} bytes.",
            remedy="send fewer or shorter headers",
        )
    return None


@dataclass
class _Bucket:
    tokens: float
    at: float


class RateLimiter:
    """A bucket of requests for each key: full it holds the rate's number, and fills at the rate.

    Each worker has its own, so a service of several workers lets through up to as many times
    the rate.

    Parameters
    ----------
    rate
        Requests and seconds.
    seconds
        Returns seconds of a clock that is never set back.
    """

    def __init__(self, rate: Rate, seconds: Callable[[], float] = monotonic) -> None:
        self._rate = rate
        self._a_second = rate.requests / rate.seconds
        self._room = float(rate.requests)
        self._seconds = seconds
        self._buckets: dict[str, _Bucket] = {}

    def take(self, key_id: str) -> None:
        """Take one request out of a key's bucket.

        Raises
        ------
        Problem
            429 when it is empty; ``retry_after`` says when there will be one.
        """
        now = self._seconds()
        bucket = self._buckets.pop(key_id, None) or _Bucket(self._room, now)
        self._buckets[key_id] = bucket  # the latest at the end: the first is the one to forget
        if len(self._buckets) > _MOST_BUCKETS:
            del self._buckets[next(iter(self._buckets))]
        full = bucket.tokens + (now - bucket.at) * self._a_second
        bucket.tokens, bucket.at = min(self._room, full), now
        if bucket.tokens < 1.0:
            raise self._too_many((1.0 - bucket.tokens) / self._a_second)
        bucket.tokens -= 1.0

    def _too_many(self, wait: float) -> Problem:
        return Problem(
            429,
            "too_many_requests",
            f"This key may send {self._rate} to each worker.",
            remedy="wait as many seconds as Retry-After says, or ask for a higher limit",
            retry_after=int(wait) + 1,
        )


class LimitedGatekeeper(Gatekeeper):
    """Lets known keys pass, each at its rate; unknown ones leave no trace in memory."""

    def __init__(
        self, keys: KeyStore, setting: str, clock: Callable[[], int], limiter: RateLimiter
    ) -> None:
        super().__init__(keys, setting, clock)
        self._limiter = limiter

    def check(self, header: str | None, scopes: Collection[str]) -> Caller:
        """Let a request pass or refuse it: 401, 403, or 429 above the rate."""
        caller = super().check(header, scopes)
        self._limiter.take(caller.key_id)
        return caller
