"""Stages of a request, its log line and its spans."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from features.errors import SettingError
from serving.http.metrics import WATCHED_EVERY, Metrics
from serving.telemetry import spans
from serving.telemetry.choices import Choices, read_choices
from serving.telemetry.logs import AccessLog, LineFormatter, set_up_logs
from serving.telemetry.spans import Spans, otlp_exporter
from serving.telemetry.watching import Ended, Watched, mark, note, watched_now

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_stages_follow_each_other_and_fill_the_request() -> None:
    watched = Watched("/v1/rank")
    mark("parse")
    mark("decide")
    watched.leave()
    mark("too late")
    assert [stage for stage, _ in watched.seconds()] == ["parse", "decide"]
    assert all(seconds >= 0 for _, seconds in watched.seconds())
    total = sum(seconds for _, seconds in watched.seconds())
    assert total == pytest.approx(watched.stages[-1][1] - watched.began)


def test_requests_at_the_same_time_keep_to_themselves() -> None:
    async def one(name: str) -> Watched:
        watched = Watched(name)
        await asyncio.sleep(0)
        mark(f"{name} 1")
        await asyncio.to_thread(note, route_of=name)
        await asyncio.sleep(0)
        mark(f"{name} 2")
        watched.leave()
        return watched

    async def both() -> list[Watched]:
        return list(await asyncio.gather(one("a"), one("b")))

    for watched in asyncio.run(both()):
        name = watched.route
        assert [stage for stage, _ in watched.stages] == [f"{name} 1", f"{name} 2"]
        assert watched.facts == {"route_of": name}
    assert watched_now() is None


def test_one_request_in_so_many_is_timed_and_all_are_counted() -> None:
    told: list[Ended] = []
    metrics = Metrics(sinks=[told.append])
    for _ in range(2 * WATCHED_EVERY):
        watched = metrics.begin("/v1/rank")
        assert "nextbest_requests_in_flight 1.0" in metrics.text().decode()
        mark("decide")
        metrics.end(watched, "POST", 200)
    watched = metrics.begin("/v1/rank", PARENT)
    metrics.end(watched, "POST", 503, "store_unavailable")
    text = metrics.text().decode()
    labels = 'endpoint="/v1/rank",http_response_code="200",method="POST"'
    assert f"bentoml_service_request_total{{{labels}}} {2 * WATCHED_EVERY}.0" in text
    assert 'nextbest_stage_seconds_count{endpoint="/v1/rank",stage="decide"} 2.0' in text
    assert "nextbest_requests_in_flight 0.0" in text
    refused = 'nextbest_refusals_total{code="store_unavailable",endpoint="/v1/rank"} 1.0'
    assert refused in text
    assert (told[-1].status, told[-1].code, told[-1].watched.parent) == (
        503, "store_unavailable", PARENT,
    )  # fmt: skip


@pytest.fixture
def kept_logging() -> Iterator[None]:
    """Loggers as they were: setting them up is for a whole process."""
    loggers = [logging.getLogger(n) for n in ("", "nextbest", "bentoml", "uvicorn.error")]
    kept = [(one, one.handlers[:], one.level, one.propagate) for one in loggers]
    formats = {h: h.formatter for one in loggers for h in one.handlers}
    yield
    for one, handlers, level, propagate in kept:
        one.handlers[:], one.propagate = handlers, propagate
        one.setLevel(level)
    for handler, formatter in formats.items():
        handler.setFormatter(formatter)


def logged(log_format: str) -> list[str]:
    stream = io.StringIO()
    set_up_logs(log_format, stream)
    watched = Watched("/v1/decisions/{decision_id}")
    note(decision_id="d1")
    try:
        raise ValueError("customer c1 is secret")
    except ValueError:
        logging.getLogger("nextbest.http").exception("A request failed.")
    watched.leave()
    AccessLog(0.5)(Ended(watched, "GET", 500, 0.0125, "internal_error"))
    return stream.getvalue().splitlines()


@pytest.mark.usefixtures("kept_logging")
def test_a_line_is_json_with_what_is_known_and_no_words_of_the_error() -> None:
    failed, answered = map(json.loads, logged("json"))
    assert failed["error"] == "ValueError"
    assert failed["raised_at"][-1].startswith("telemetry/test_watching.py:")
    assert failed["raised_at"][-1].endswith(" logged")
    assert "c1" not in json.dumps(failed)
    assert (failed["route"], failed["decision_id"]) == ("/v1/decisions/{decision_id}", "d1")
    assert failed["at"].endswith("Z")
    assert {k: answered[k] for k in ("level", "method", "status", "ms", "code", "decision_id")} == {
        "level": "ERROR", "method": "GET", "status": 500, "ms": 12.5, "code": "internal_error",
        "decision_id": "d1",
    }  # fmt: skip


@pytest.mark.usefixtures("kept_logging")
def test_a_line_of_text_is_one_line() -> None:
    failed, answered = logged("text")
    assert "ERROR nextbest.http A request failed. route=" in failed
    assert "c1" not in failed
    assert "request method=GET status=500" in answered or "status=500" in answered


def test_the_access_log_takes_its_share_at_even_distances(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "nextbest.access")
    quarter, none, every = AccessLog(0.25), AccessLog(0.0), AccessLog(1.0)
    watched = Watched("/v1/rank")
    watched.leave()
    for log, lines in ((quarter, 2), (none, 0), (every, 8)):
        caplog.clear()
        for _ in range(8):
            log(Ended(watched, "POST", 200, 0.001, ""))
        assert len(caplog.records) == lines


def test_the_servers_own_lines_are_written_alike() -> None:
    record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "a %s", ("b",), None)
    assert json.loads(LineFormatter(as_json=True).format(record))["message"] == "a b"


def test_spans_of_the_request_and_its_stages_reach_the_exporter() -> None:
    exporter = InMemorySpanExporter()
    sink = Spans(exporter, "1.2")
    metrics = Metrics(sinks=[sink], times_all=True)
    watched = metrics.begin("/v1/rank", PARENT)
    mark("decide")
    note(decision_id="d1")
    mark("commit")
    metrics.end(watched, "POST", 200)
    sink.close()
    by_name: dict[str, Any] = {span.name: span for span in exporter.get_finished_spans()}
    request = by_name["POST /v1/rank"]
    assert format(request.context.trace_id, "032x") == PARENT.split("-")[1]
    assert request.attributes["nextbest.decision_id"] == "d1"
    assert request.attributes["http.response.status_code"] == 200
    for stage in ("decide", "commit"):
        assert by_name[stage].parent.span_id == request.context.span_id
        assert request.start_time <= by_name[stage].start_time <= by_name[stage].end_time
        assert by_name[stage].end_time <= request.end_time
    assert by_name["commit"].start_time == by_name["decide"].end_time


def test_without_the_extra_the_setting_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def absent(name: str) -> ModuleSpec | None:
        return None

    monkeypatch.setattr(spans, "find_spec", absent)
    with pytest.raises(SettingError, match=r"pip install 'nextbest\[telemetry\]'"):
        otlp_exporter("http://127.0.0.1:4318")


def test_the_exporter_sends_to_the_endpoint() -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    exporter: Any = otlp_exporter("http://127.0.0.1:4318")
    assert exporter._endpoint == "http://127.0.0.1:4318/v1/traces"
    exporter.shutdown()


def test_settings_are_read_and_refused() -> None:
    assert read_choices({}) == Choices()
    told = {
        "NEXTBEST_LOG": "json",
        "NEXTBEST_ACCESS_LOG": "0.01",
        "NEXTBEST_OTLP_ENDPOINT": "http://collector:4318/",
    }
    assert read_choices(told) == Choices("json", 0.01, "http://collector:4318")
    for name, value in (
        ("NEXTBEST_LOG", "xml"),
        ("NEXTBEST_ACCESS_LOG", "2"),
        ("NEXTBEST_ACCESS_LOG", "yes"),
        ("NEXTBEST_OTLP_ENDPOINT", "collector:4318"),
    ):
        with pytest.raises(SettingError, match=name):
            read_choices({name: value})
