"""What one request went through, for the few requests that are watched.

Whoever does a part of the work says so when it is done, with :func:`mark`. In a request that
nobody watches that costs a look at a context variable, a tenth of a microsecond, so that the
calls may stand on the hot path.
"""

from contextvars import ContextVar, Token
from time import perf_counter

_NOW_WATCHED: ContextVar["Watched | None"] = ContextVar("watched", default=None)


class Watched:
    """The stages of one request, one after the other, and what is known of it.

    Parameters
    ----------
    route
        Its template.
    began
        ``perf_counter`` at its start, seconds.
    """

    __slots__ = ("began", "facts", "route", "stages")

    def __init__(self, route: str, began: float) -> None:
        self.route = route
        self.began = began
        self.stages: list[tuple[str, float]] = []
        """Each stage with ``perf_counter`` at its end; it began where the one before ended."""
        self.facts: dict[str, str] = {}
        """Such as ``decision_id``; never of a person."""

    def seconds(self) -> list[tuple[str, float]]:
        """Return how long each stage took, in the order in which they ended."""
        starts = [self.began, *(end for _, end in self.stages)]
        return [
            (name, end - start) for (name, end), start in zip(self.stages, starts, strict=False)
        ]


def mark(stage: str) -> None:
    """Say that a stage of the work is done: it took the time since the mark before.

    Parameters
    ----------
    stage
        One of a few constants (``parse``, ``commit``): it becomes a label.
    """
    watched = _NOW_WATCHED.get()
    if watched is not None:
        watched.stages.append((stage, perf_counter()))


def note(**facts: str) -> None:
    """Tell what the log line and the span of this request should hold; never of a person."""
    watched = _NOW_WATCHED.get()
    if watched is not None:
        watched.facts.update(facts)


def watch(watched: Watched) -> "Token[Watched | None]":
    """Watch what this task does from now on, until :func:`unwatch`."""
    return _NOW_WATCHED.set(watched)


def unwatch(token: "Token[Watched | None]") -> None:
    """Watch no longer."""
    _NOW_WATCHED.reset(token)


def watched_now() -> Watched | None:
    """Return what is watched in this task, None for nothing."""
    return _NOW_WATCHED.get()
