"""What the service counts. Labels are route templates and reason codes, never ids."""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from time import perf_counter
from typing import Any, Final

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from serving.telemetry.series import Key, Series
from serving.telemetry.watching import Ended, Sink, Watched, note_each
from serving.telemetry.workers import exposition

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
WATCHED_EVERY = 16
"""One request in so many is timed by stage: quantiles need no more, and each costs 10 us."""
_NOTED = ("decision_id", "bundle_version")
_CODE = re.compile(r"[a-z][a-z_]{0,39}")
Count = tuple[Key, float]
_LEFT: Final[Count] = (("nextbest_requests_in_flight",), -1)


class Metrics:
    """Counters of one process; with several workers, Prometheus' shared folder adds them up.

    The two series of requests carry BentoML's names, so that its dashboards work. BentoML's own
    middleware is off: it labels them by raw path, which puts ids into labels.

    Parameters
    ----------
    read
        Called when somebody asks for the counts: what holds at that moment.
    sinks
        Told of every answered request: the log, the spans.
    times_all
        Whether the stages of every request are timed.
    """

    def __init__(
        self,
        read: Callable[[], Iterable[Metric]] = tuple,
        sinks: Sequence[Sink] = (),
        times_all: bool = False,
    ) -> None:
        self._registry = CollectorRegistry()
        self._series = Series(self._registry)
        self._read = read
        self._sinks = sinks
        self._times_all = times_all
        self._requests, self._firsts = itertools.count(), itertools.count()
        self._served: tuple[str, str] | None = None

    def begin(self, endpoint: str, parent: str = "") -> Watched:
        """Count a request that begins, and watch it; one in so many is timed by stage.

        Parameters
        ----------
        endpoint
            The route's template.
        parent
            Its ``traceparent`` header.
        """
        self._series.add("nextbest_requests_in_flight")
        return Watched(endpoint, self._times_all or _is_due(self._requests), parent)

    def end(self, watched: Watched, method: str, status: int, code: str = "") -> None:
        """Count what a watched request was answered; ``code`` is that of a refusal."""
        seconds = perf_counter() - watched.began
        watched.leave()
        self._count(watched.route, method, status, seconds, code, _LEFT)
        if watched.stages:
            times = watched.seconds()
            route = watched.route
            self._series.tell(
                (), [(("nextbest_stage_seconds", route, stage), spent) for stage, spent in times]
            )
        if self._sinks:
            ended = Ended(watched, method, status, seconds, code)
            for sink in self._sinks:
                sink(ended)

    def request(
        self, endpoint: str, method: str, status: int, seconds: float, code: str = ""
    ) -> None:
        """Count an answer; ``code`` is that of a refusal."""
        self._count(endpoint, method, status, seconds, code)

    def _count(
        self, endpoint: str, method: str, status: int, seconds: float, code: str, *more: Count
    ) -> None:
        counts = [*more, (("bentoml_service_request", endpoint, method, str(status)), 1)]
        if code:
            counts.append((("nextbest_refusals", endpoint, _code(code)), 1))
        took = ("bentoml_service_request_duration_seconds", endpoint)
        self._series.tell(counts, [(took, seconds)])

    def decision(self, kind: str, answer: Mapping[str, Any], of: str = "") -> None:
        """Count what an answer says: drops, fallback, arm, and how likely its first choice is.

        Parameters
        ----------
        of
            What was asked for, such as the goal; that of actions is the kind of the first.
        """
        counts: list[Count] = [
            (_drop_key(kind, stage, reason), count)
            for stage, reason, count in _drops(answer.get("dropped"))
        ]
        if answer.get("fallback"):
            counts.append((("nextbest_fallbacks", _code(answer["fallback"])), 1))
        personal = "true" if answer.get("personalised", True) else "false"
        counts.append((_decision_key(kind, answer.get("arm"), personal), 1))
        first = _first(answer)
        if first is None:
            counts.append((("nextbest_empty_answers", kind), 1))
        elif _is_due(self._firsts):
            self._served_first(kind, first, of)
        self._series.tell(counts)
        note_each({name: str(answer[name]) for name in _NOTED if answer.get(name)})

    def outcomes(self, counts: Mapping[tuple[str, str, str], int]) -> None:
        """Count outcomes newly recorded, by (kind, arm, outcome)."""
        for labels, count in counts.items():
            self._series.add("nextbest_outcomes", *map(_code, labels), amount=count)

    def commit(self, records: int, waiting: int) -> None:
        """Count a commit of so many decisions; so many wait for the next."""
        self._series.observe("nextbest_commit_records", value=records)
        self._series.set("nextbest_commit_waiting", value=waiting)

    def swap(self, result: str) -> None:
        """Count an attempt to serve another bundle: ``served``, ``refused``, ``failed``."""
        self._series.add("nextbest_bundle_swaps", _code(result))

    def served(self, bundle_version: str, policy_version: str) -> None:
        """Say what is being served; costs nothing while it stays the same."""
        versions = (bundle_version, policy_version)
        if versions != self._served:
            if self._served is not None:
                self._series.set("nextbest_bundle_info", *self._served, value=0)
            self._series.set("nextbest_bundle_info", *versions, value=1)
            self._served = versions

    def now(self) -> list[Metric]:
        """Return what holds at this moment; ask on the event loop, which the world belongs to."""
        return list(self._read())

    def text(self, now: Iterable[Metric] = ()) -> bytes:
        """Return all counters, of every worker, as Prometheus reads them.

        Parameters
        ----------
        now
            What :meth:`now` returned.
        """
        self._series.hand_on()
        return exposition(self._registry, _Now(now))

    def _served_first(self, kind: str, first: Mapping[str, Any], of: str) -> None:
        likely = first.get("propensity", first.get("probability"))
        if likely is not None:
            labels = (kind, _code(of or first.get("kind")))
            self._series.observe("nextbest_served_probability", *labels, value=likely)


def _first(answer: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what was served first; leaving in peace is nothing."""
    first: Mapping[str, Any]
    for first in answer.get("items") or answer.get("actions") or ():
        if first.get("kind") != "none":
            return first
    return None


def _is_due(count: Iterator[int]) -> bool:
    return next(count) % WATCHED_EVERY == 0


class _Now(Collector):
    """What is read when somebody asks."""

    def __init__(self, readings: Iterable[Metric]) -> None:
        self._readings = readings

    def collect(self) -> Iterable[Metric]:
        """Return the readings."""
        return self._readings


def _drops(dropped: object) -> Iterator[tuple[str, str, int]]:
    """Read either form: a list of ``{stage, reason, count?}``, or ``{stage: {reason: count}}``."""
    if isinstance(dropped, Mapping):
        for stage, reasons in dropped.items():
            pairs = reasons.items() if isinstance(reasons, Mapping) else [(stage, reasons)]
            yield from ((stage, reason, int(count)) for reason, count in pairs)
    elif isinstance(dropped, list | tuple):
        for drop in dropped:
            yield drop.get("stage", ""), drop.get("reason", ""), int(drop.get("count", 1))


@lru_cache(maxsize=2048)
def _drop_key(kind: str, stage: object, reason: object) -> tuple[str, ...]:
    return ("nextbest_gate_drops", kind, _code(stage), _code(reason))


@lru_cache(maxsize=64)
def _decision_key(kind: str, arm: object, personalised: str) -> tuple[str, ...]:
    return ("nextbest_decisions", kind, _code(arm or "none"), personalised)


def _code(text: object) -> str:
    """Let reason codes through and nothing else: an id must never become a label."""
    return text if isinstance(text, str) and _CODE.fullmatch(text) else "other"
