"""Counts, log lines and spans, put together from the settings."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from prometheus_client.metrics_core import Metric

from serving.http.metrics import Metrics
from serving.telemetry.choices import Choices
from serving.telemetry.logs import AccessLog, set_up_logs
from serving.telemetry.readings import program_version
from serving.telemetry.spans import Spans, otlp_exporter
from serving.telemetry.watching import Sink


@dataclass(frozen=True)
class Telling:
    """What a serving process tells of itself.

    Parameters
    ----------
    metrics
        Counts, and what is told of every request.
    close
        Sends what waits.
    """

    metrics: Metrics
    close: Callable[[], None]


def start_telling(choices: Choices, read: Callable[[], Iterable[Metric]]) -> Telling:
    """Set up the log of this process, and its spans where they are asked for.

    Parameters
    ----------
    read
        What holds when somebody asks for the counts; see ``serving.telemetry.readings``.

    Raises
    ------
    SettingError
        If spans are asked for and their exporter is not installed.
    """
    set_up_logs(choices.log_format)
    sinks: list[Sink] = [AccessLog(choices.access_share)]
    if not choices.otlp_endpoint:
        return Telling(Metrics(read, sinks), _nothing)
    spans = Spans(otlp_exporter(choices.otlp_endpoint), program_version())
    return Telling(Metrics(read, [*sinks, spans], times_all=True), spans.close)


def _nothing() -> None:
    """Close nothing."""
