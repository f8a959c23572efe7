"""Spans of requests for OpenTelemetry: off unless an endpoint is set."""

from importlib.util import find_spec
from time import perf_counter, time_ns
from typing import TYPE_CHECKING

from features.errors import SettingError
from serving.telemetry.watching import Ended

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

_EXPORTER = "opentelemetry.exporter"
_OTLP = f"{_EXPORTER}.otlp.proto.http"
_SECONDS = 3  # for a batch with its retries: a service that ends waits so long for a dead collector


class Spans:
    """Makes a span of every answered request, and one below it of each of its stages.

    The sampler is OpenTelemetry's own: ``OTEL_TRACES_SAMPLER``, ``OTEL_TRACES_SAMPLER_ARG``. A
    caller's ``traceparent`` becomes the parent.

    Parameters
    ----------
    exporter
        Where they go, in batches, from a thread of its own.
    version
        Of this program.
    """

    def __init__(self, exporter: "SpanExporter", version: str) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        resource = Resource.create({"service.name": "nextbest", "service.version": version})
        # Not the global provider: BentoML has one of its own, which records what we exclude.
        self._provider = TracerProvider(resource=resource)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("nextbest", version)
        self._parents = TraceContextTextMapPropagator()

    def __call__(self, ended: Ended) -> None:
        """Make the spans of a request."""
        from opentelemetry.trace import SpanKind, set_span_in_context

        watched = ended.watched
        # What was measured from an unknown zero becomes time of day.
        zero = time_ns() - int(perf_counter() * 1e9)
        span = self._tracer.start_span(
            f"{ended.method} {watched.route}",
            self._parents.extract({"traceparent": watched.parent}) if watched.parent else None,
            SpanKind.SERVER,
            {
                "http.request.method": ended.method,
                "http.route": watched.route,
                "http.response.status_code": ended.status,
                **({"error.type": ended.code} if ended.code else {}),
                **{f"nextbest.{name}": value for name, value in watched.facts.items()},
            },
            start_time=zero + int(watched.began * 1e9),
        )
        inside = set_span_in_context(span)
        start = watched.began
        for stage, end in watched.stages:
            below = self._tracer.start_span(stage, inside, start_time=zero + int(start * 1e9))
            below.end(zero + int(end * 1e9))
            start = end
        span.end(zero + int((watched.began + ended.seconds) * 1e9))

    def close(self) -> None:
        """Send what waits."""
        self._provider.shutdown()


def otlp_exporter(endpoint: str) -> "SpanExporter":
    """Return what sends spans by OTLP over HTTP.

    Raises
    ------
    SettingError
        If the extra is not installed.
    """
    if find_spec(_EXPORTER) is None or find_spec(_OTLP) is None:
        raise SettingError(
            "NEXTBEST_OTLP_ENDPOINT is set, but OpenTelemetry's exporter is not installed.",
            "install the extra: pip install 'nextbest[telemetry]'; or unset it.",
        )
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=_SECONDS)
