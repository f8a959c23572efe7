"""Every series that the service exports, by name: the dashboard and the alerts read these.

Labels are route templates, stages, reason codes, arms, goals and kinds: a few values each, and
never an id of a person, an item or a decision.
"""

import atexit
import os
from collections.abc import Iterable
from threading import Event, Lock, Thread
from typing import Any, Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge

from serving.telemetry.gathering import Gathering, Values
from serving.telemetry.workers import FOLDER

_REQUEST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_STAGE = (5e-5, 1e-4, 2.5e-4, 5e-4, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0)
_SHARE = (0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_HANDED_ON_S = 0.5
_RECORDS = (1, 2, 4, 8, 16, 32, 64, 128)

COUNTERS: Final[dict[str, tuple[str, list[str]]]] = {
    "bentoml_service_request": (
        "Requests by route template, method and status.",
        ["endpoint", "method", "http_response_code"],
    ),
    "nextbest_refusals": ("Refused requests, by the code of the refusal.", ["endpoint", "code"]),
    "nextbest_decisions": (
        "Decisions answered, by kind, arm and whether they were personal.",
        ["kind", "arm", "personalised"],
    ),
    "nextbest_empty_answers": ("Decisions that found nothing to show or to do.", ["kind"]),
    "nextbest_gate_drops": (
        "Candidates dropped, by stage and reason.",
        ["kind", "stage", "reason"],
    ),
    "nextbest_fallbacks": ("Answers that were not personal, by reason.", ["reason"]),
    "nextbest_outcomes": (
        "Outcomes newly recorded, by kind and arm of their decision.",
        ["kind", "arm", "outcome"],
    ),
    "nextbest_bundle_swaps": ("Attempts to serve another bundle, by what came of it.", ["result"]),
}
HISTOGRAMS: Final[dict[str, tuple[str, list[str], tuple[float, ...]]]] = {
    "bentoml_service_request_duration_seconds": (
        "Time from the headers to the answer.",
        ["endpoint"],
        _REQUEST,
    ),
    "nextbest_stage_seconds": (
        "Time by stage of the requests that were watched, a sample of all.",
        ["endpoint", "stage"],
        _STAGE,
    ),
    "nextbest_served_probability": (
        "Probability, as the model gave it, of what was served first: a sample of all.",
        ["kind", "of"],
        _SHARE,
    ),
    "nextbest_commit_records": ("Decisions written by one commit.", [], _RECORDS),
}
# A worker that is gone counts no more: its files of live gauges are removed (`workers.py`).
GAUGES: Final[dict[str, tuple[str, list[str], Literal["livesum", "livemax"]]]] = {
    "nextbest_requests_in_flight": ("Requests being worked on.", [], "livesum"),
    "nextbest_commit_waiting": ("Decisions waiting for a commit.", [], "livesum"),
    "nextbest_bundle_info": (
        "1 for the bundle and policy being served, 0 for earlier ones.",
        ["bundle_version", "policy_version"],
        "livemax",
    ),
}


Key = tuple[str, ...]
"""The name of a series and its labels."""


class Series:
    """The series of one process in a registry.

    What is counted is added up here and handed on when somebody asks for the counts, and twice a
    second where there are other workers, one of whom may be asked: prometheus_client takes 1 to
    2 us to look a label set up, and as long to write a number for other processes to see. A
    decision counts half a dozen.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._families: dict[str, Counter | Gauge | Gathering] = {
            name: Counter(name, text, labels, registry=registry)
            for name, (text, labels) in COUNTERS.items()
        }
        for name, (text, labels, buckets) in HISTOGRAMS.items():
            self._families[name] = Gathering(name, text, labels, buckets=buckets, registry=registry)
        for name, (text, labels, mode) in GAUGES.items():
            self._families[name] = Gauge(
                name, text, labels, multiprocess_mode=mode, registry=registry
            )
        self._children: dict[Key, Any] = {}
        self._pending = _Pending()
        self._lock, self._handing = Lock(), Lock()
        if FOLDER in os.environ:
            atexit.register(self.hand_on)
            Thread(target=self._keep_handing_on, name="nextbest-counts", daemon=True).start()

    def add(self, *key: str, amount: float = 1) -> None:
        """Add to a counter, or to a gauge; ``key`` is its name and its labels."""
        self.tell([(key, amount)])

    def observe(self, *key: str, value: float) -> None:
        """Add a value to a histogram."""
        self.tell((), [(key, value)])

    def tell(
        self,
        amounts: Iterable[tuple[Key, float]],
        observed: Iterable[tuple[Key, float]] = (),
    ) -> None:
        """Add to several counters and gauges, and values to histograms, at once."""
        with self._lock:
            pending = self._pending
            added, values = pending.added, pending.values
            for key, amount in amounts:
                added[key] = added.get(key, 0) + amount
            for key, value in observed:
                found = values.get(key)
                if found is None:
                    found = values[key] = Values(HISTOGRAMS[key[0]][2])
                found.add(value)

    def set(self, *key: str, value: float) -> None:
        """Set a gauge that nothing is added to."""
        with self._lock:
            self._pending.levels[key] = value

    def hand_on(self) -> None:
        """Let others see what was counted so far."""
        with self._handing:  # one after the other: a level that is older must not come last
            with self._lock:
                pending, self._pending = self._pending, _Pending()
            for key, amount in pending.added.items():
                self._child(key).inc(amount)
            for key, values in pending.values.items():
                self._child(key).gather(values)
            for key, level in pending.levels.items():
                self._child(key).set(level)

    def _keep_handing_on(self) -> None:
        pause = Event()
        while not pause.wait(_HANDED_ON_S):
            self.hand_on()

    def _child(self, key: Key) -> Any:  # noqa: ANN401 - of three unrelated classes
        child = self._children.get(key)
        if child is None:
            family = self._families[key[0]]
            child = self._children[key] = family.labels(*key[1:]) if key[1:] else family
        return child


class _Pending:
    """What was counted and not handed on."""

    def __init__(self) -> None:
        self.added: dict[Key, float] = {}
        self.values: dict[Key, Values] = {}
        self.levels: dict[Key, float] = {}
