"""What the service counts. Labels are route templates and reason codes, never ids."""

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_CODE = re.compile(r"[a-z][a-z_]{0,39}")


class Metrics:
    """Counters of one process; with several workers, Prometheus' shared folder adds them up.

    The two series of requests carry BentoML's names, so that its dashboards work. BentoML's own
    middleware is off: it labels them by raw path, which puts ids into labels.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "bentoml_service_request",
            "Requests by route template, method and status.",
            ["endpoint", "method", "http_response_code"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "bentoml_service_request_duration_seconds",
            "Time from the headers to the answer.",
            ["endpoint"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._drops = Counter(
            "nextbest_gate_drops",
            "Candidates dropped, by stage and reason.",
            ["kind", "stage", "reason"],
            registry=self._registry,
        )
        self._fallbacks = Counter(
            "nextbest_fallbacks",
            "Answers that were not personal, by reason.",
            ["reason"],
            registry=self._registry,
        )
        self._bundle = Gauge(
            "nextbest_bundle_info",
            "1 for the bundle and policy being served, 0 for earlier ones.",
            ["bundle_version", "policy_version"],
            multiprocess_mode="mostrecent",
            registry=self._registry,
        )
        self._served: tuple[str, str] | None = None

    def request(self, endpoint: str, method: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(endpoint, method, str(status)).inc()
        self._seconds.labels(endpoint).observe(seconds)

    def decision(self, kind: str, answer: Mapping[str, Any]) -> None:
        """Count what an answer says about its drops and its fallback."""
        for stage, reason, count in _drops(answer.get("dropped")):
            self._drops.labels(kind, _code(stage), _code(reason)).inc(count)
        if answer.get("fallback"):
            self._fallbacks.labels(_code(answer["fallback"])).inc()

    def served(self, bundle_version: str, policy_version: str) -> None:
        """Say what is being served; costs nothing while it stays the same."""
        versions = (bundle_version, policy_version)
        if versions != self._served:
            if self._served is not None:
                self._bundle.labels(*self._served).set(0)
            self._bundle.labels(*versions).set(1)
            self._served = versions

    def text(self) -> bytes:
        """Return all counters, of every worker, as Prometheus reads them."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._registry)
        everyone = CollectorRegistry()
        MultiProcessCollector(everyone)  # type: ignore[no-untyped-call]
        return generate_latest(everyone)


def _drops(dropped: object) -> Iterator[tuple[str, str, int]]:
    """Read either form: a list of ``{stage, reason, count?}``, or ``{stage: {reason: count}}``."""
    if isinstance(dropped, Mapping):
        for stage, reasons in dropped.items():
            pairs = reasons.items() if isinstance(reasons, Mapping) else [(stage, reasons)]
            yield from ((stage, reason, int(count)) for reason, count in pairs)
    elif isinstance(dropped, list | tuple):
        for drop in dropped:
            yield drop.get("stage", ""), drop.get("reason", ""), int(drop.get("count", 1))


def _code(text: object) -> str:
    """Let reason codes through and nothing else: an id must never become a label."""
    return text if isinstance(text, str) and _CODE.fullmatch(text) else "other"
