"""Stages, arms and keys of real requests reach the counts and the log."""

import logging
import platform
from typing import Any

import pytest

from serving.http import create_app
from serving.http.metrics import Metrics
from serving.telemetry.logs import AccessLog
from serving.telemetry.readings import readings
from serving.telemetry.watching import Ended
from tests.integration.support import Shop

STAGES = ["read", "parse", "world", "decide", "record", "commit", "write"]


def metrics_of(front: Shop, **more: Any) -> tuple[Metrics, list[Ended]]:
    told: list[Ended] = []
    metrics = Metrics(sinks=[told.append], times_all=True, **more)
    parts = front.parts
    front.app = create_app(lambda: parts.application, parts.stores, front.clock, metrics=metrics)
    return metrics, told


def tell(front: Shop, answer: Any, what: str, *names: str) -> None:
    first = (answer.get("items") or answer["actions"])[0]
    about = {name: first[name] for name in ("item_id", "action_id") if name in first}
    outcomes = [
        {
            "outcome_id": name,
            "decision_id": answer["decision_id"],
            "outcome": what,
            "occurred_at": front.clock.now,
            **about,
        }
        for name in names
    ]
    told = front.ok("POST", "/v1/outcomes", {"outcomes": outcomes}, "ingest")
    assert told["rejected"] == []


def counted(metrics: Metrics, series: str) -> list[str]:
    return [line for line in metrics.text().decode().splitlines() if line.startswith(series)]


def test_a_decision_passes_every_stage_in_order(front: Shop) -> None:
    _, told = metrics_of(front)
    customer = front.regulars("personalisation", "web")[0]
    front.recommend(customer)
    front.act(customer)
    for ended in told:
        assert [stage for stage, _ in ended.watched.seconds()] == STAGES
        assert sum(spent for _, spent in ended.watched.seconds()) <= ended.seconds
    assert {ended.watched.route for ended in told} == {
        "/v1/recommendations", "/v1/next_best_actions",
    }  # fmt: skip


def test_facts_are_of_the_decision_and_the_key_and_of_no_person(
    front: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    metrics, told = metrics_of(front)
    customer = front.regulars("personalisation", "web")[0]
    answer = front.recommend(customer)
    facts = told[0].watched.facts
    assert facts["decision_id"] == answer["decision_id"]
    assert facts["bundle_version"] == answer["bundle_version"]
    assert facts["key"].startswith("decide")
    caplog.set_level(logging.INFO, "nextbest.access")
    AccessLog(1.0)(told[0])
    (record,) = caplog.records
    assert customer not in str(vars(record))
    assert customer not in metrics.text().decode()


def test_outcomes_are_counted_once_under_the_arm_of_their_decision(front: Shop) -> None:
    metrics, _ = metrics_of(front)
    answer = front.act(front.regulars("personalisation", "web")[0])
    for _ in range(2):
        tell(front, answer, "clicked", "o-1")
    labels = f'arm="{answer["arm"]}",kind="next_best_actions",outcome="clicked"'
    assert counted(metrics, "nextbest_outcomes_total") == [
        f"nextbest_outcomes_total{{{labels}}} 1.0"
    ]


def test_of_a_request_that_is_new_in_part_the_number_is_kept(front: Shop) -> None:
    metrics, _ = metrics_of(front)
    answer = front.recommend(front.regulars("personalisation", "web")[0])
    tell(front, answer, "shown", "o-1")
    tell(front, answer, "shown", "o-1", "o-2")
    values = sorted(line.rpartition("{")[2] for line in counted(metrics, "nextbest_outcomes_total"))
    assert values == [
        'arm="none",kind="recommendations",outcome="shown"} 1.0',
        'arm="other",kind="other",outcome="other"} 1.0',
    ]


def test_what_was_served_first_is_sampled_by_what_was_asked(front: Shop) -> None:
    metrics, _ = metrics_of(front)
    customer = front.regulars("personalisation", "web")[0]
    front.recommend(customer, goal="discover")
    (line,) = counted(metrics, "nextbest_served_probability_count")
    assert line == 'nextbest_served_probability_count{kind="recommendations",of="discover"} 1.0'
    personal = counted(metrics, "nextbest_decisions_total")
    assert len(personal) == 1
    assert 'personalised="true"' in personal[0]


def test_what_holds_now_is_read_when_somebody_asks(front: Shop) -> None:
    world = front.parts.application.world
    metrics_of(front, read=lambda: readings(lambda: world, front.clock))
    text = front.call("GET", "/metrics").text
    assert f'nextbest_build_info{{python="{platform.python_version()}"' in text
    assert 'nextbest_stock_sellable_share{location="online"}' in text
