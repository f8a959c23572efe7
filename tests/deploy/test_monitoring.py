"""The dashboard and the alerts name series that the service exports, and labels that these have."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from serving.http.metrics import Metrics
from serving.telemetry.readings import readings
from serving.telemetry.series import COUNTERS, GAUGES, HISTOGRAMS

DEPLOY = Path(__file__).parents[2] / "deploy"
SERIES = re.compile(r"\b((?:nextbest|bentoml_service)_[a-z_]+)(\{[^}]*\})?")
LABELLED = {
    name: set(labels) for name, (_, labels, *_) in {**COUNTERS, **HISTOGRAMS, **GAUGES}.items()
}
FROM_PROMETHEUS = {"up"}


def exported() -> set[str]:
    """Names of the families in /metrics of a service that has just started."""
    metrics = Metrics(lambda: readings(lambda: None, lambda: 0))
    text = metrics.text(metrics.now()).decode()
    return set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE))


def family(name: str) -> str:
    """The family of a series: a histogram has three series."""
    stem = re.sub(r"_(bucket|sum|count)$", "", name)
    return stem if stem in HISTOGRAMS else name


def expressions() -> list[str]:
    dashboard = json.loads((DEPLOY / "grafana" / "nextbest.json").read_text("utf-8"))
    alerts = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text("utf-8"))
    panels = [
        target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])
    ]
    return [*panels, *(rule["expr"] for group in alerts["groups"] for rule in group["rules"])]


def named() -> set[str]:
    return {family(name) for text in expressions() for name, _ in SERIES.findall(text)}


def test_every_series_on_a_panel_or_in_an_alert_is_exported() -> None:
    assert named() <= exported()


def test_every_exported_series_is_on_a_panel_or_in_an_alert() -> None:
    ours = {name for name in exported() if name.startswith(("nextbest_", "bentoml_"))}
    # prometheus_client adds when a counter began; nothing asks for that.
    assert {name for name in ours if not name.endswith("_created")} == named()


def test_selectors_name_labels_that_the_series_have() -> None:
    checked = 0
    for text in expressions():
        for name, selector in SERIES.findall(text):
            labels = set(re.findall(r"([a-z_]+)\s*(?:=~|!=|!~|=)", selector or ""))
            known = LABELLED.get(family(name).removesuffix("_total"), set())
            assert labels <= known, text
            checked += bool(labels)
    assert checked >= 8


def test_expressions_are_balanced_and_ask_rates_of_counters() -> None:
    for text in expressions():
        for opening, closing in ("()", "{}", "[]"):
            assert text.count(opening) == text.count(closing), text
        for name, _ in SERIES.findall(text):
            if family(name).removesuffix("_total") in {*COUNTERS, *HISTOGRAMS}:
                assert re.search(rf"(rate|increase)\(\s*{name}", text), (name, text)


def test_panels_do_not_overlap_and_have_one_source() -> None:
    dashboard = json.loads((DEPLOY / "grafana" / "nextbest.json").read_text("utf-8"))
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + dx, place["y"] + dy)
            for dx in range(place["w"])
            for dy in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
        for target in panel.get("targets", []):
            assert target["datasource"]["uid"] == "${source}"
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_alerts_say_what_holds_and_the_guide_what_to_do() -> None:
    alerts = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text("utf-8"))
    guide = (DEPLOY.parent / "docs" / "operations.md").read_text("utf-8")
    rules: list[dict[str, Any]] = alerts["groups"][0]["rules"]
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"].endswith(".")
        assert f"`{rule['alert']}`" in guide
    scraped = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8"))
    assert scraped["rule_files"] == ["alerts.yml"]
