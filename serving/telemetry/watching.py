"""What one request goes through: its stages, and the few facts that its log line tells.

Whoever does a part of the work says so when it is done, with :func:`mark`. Most requests are not
timed; there a mark costs a look at a context variable, a tenth of a microsecond, so that the
calls may stand on the hot path.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from time import perf_counter
from typing import NamedTuple

_NOW: ContextVar["Watched | None"] = ContextVar("watched", default=None)


class Watched:
    """One request under way.

    Parameters
    ----------
    route
        Its template.
    is_timed
        Whether its stages are kept.
    parent
        The ``traceparent`` header of the caller, empty for none.
    """

    __slots__ = ("_token", "began", "facts", "is_timed", "parent", "route", "stages")

    def __init__(self, route: str, is_timed: bool = True, parent: str = "") -> None:
        self.route = route
        self.is_timed = is_timed
        self.parent = parent
        self.stages: list[tuple[str, float]] = []
        """Each stage with ``perf_counter`` at its end; it began where the one before ended."""
        self.facts: dict[str, str] = {}
        """Such as ``decision_id``; never of a person."""
        self.began = perf_counter()
        self._token: Token[Watched | None] = _NOW.set(self)

    def leave(self) -> None:
        """Watch this task no longer."""
        _NOW.reset(self._token)

    def seconds(self) -> list[tuple[str, float]]:
        """Return how long each stage took, in the order in which they ended."""
        starts = [self.began, *(end for _, end in self.stages)]
        return [
            (name, end - start) for (name, end), start in zip(self.stages, starts, strict=False)
        ]


class Ended(NamedTuple):
    """A request that was answered.

    Parameters
    ----------
    watched
        What it went through.
    method, status
        Of HTTP.
    seconds
        From the headers to the answer.
    code
        Of a refusal, else empty.
    """

    watched: Watched
    method: str
    status: int
    seconds: float
    code: str


Sink = Callable[[Ended], None]
"""What is told of every answered request."""


def mark(stage: str) -> None:
    """Say that a stage of the work is done: it took the time since the mark before.

    Parameters
    ----------
    stage
        One of a few constants (``parse``, ``commit``): it becomes a label.
    """
    watched = _NOW.get()
    if watched is not None and watched.is_timed:
        watched.stages.append((stage, perf_counter()))


def note(**facts: str) -> None:
    """Tell what the log lines and the span of this request hold; never of a person."""
    note_each(facts)


def note_each(facts: Mapping[str, str]) -> None:
    """Tell several facts, as :func:`note` does."""
    watched = _NOW.get()
    if watched is not None:
        watched.facts.update(facts)


def watched_now() -> Watched | None:
    """Return the request that this task works on, None for none."""
    return _NOW.get()
