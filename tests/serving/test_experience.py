"""Measured experience over HTTP and on the console."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from serving.http import create_app
from serving.http.experience_answers import ExperienceAnswer
from serving.stores import Stores
from tests.serving.support import NOW, FakeApplication, Service, refused

ROUTE = "/v1/experience"
WINDOW = "2017-10-03..2017-12-31"


def row(
    metric: str = "nps", by: str = "overall", value: str = "all", **more: Any
) -> dict[str, Any]:
    return {
        "metric": metric, "by": by, "value": value, "period": "all", "n": 50, "customers": 40,
        "estimate": -20.0, "low": -30.0, "high": -10.0, "interval": "bootstrap", "asked": 100,
        "response_rate": 0.5, "weighted": None, "weighted_low": None, "weighted_high": None,
        "source": "answered", **more,
    }  # fmt: skip


ROWS = [
    row(),
    row("csat", estimate=0.4, low=0.3, high=0.5),
    row(period="2017-11"),
    row(period="2017-12", estimate=None, low=None, high=None, interval="none", customers=3),
    row(period=WINDOW),
    row(by="touchpoint", value="shop"),
    row(by="touchpoint", value="<web>"),
    row(by="touchpoint", value="shop", period="2017-11"),
    row(by="channel", value="email"),
    row(by="segment", value="loyal"),
    row(period=WINDOW, source="inferred", asked=None, response_rate=None, n=900),
    row("nps_population", period=WINDOW, source="inferred", asked=None, response_rate=None),
]
REPORT: dict[str, Any] = {
    "version": 1,
    "as_of": 1_514_764_800,
    "segments_from": "nextbest segments",
    "coverage": {
        "answers": 50, "customers": 40, "requests": 100, "left_out_customers": 2,
        "left_out_answers": 3,
    },
    "notes": ["comments: none is scored"],
    "rows": ROWS,
}  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "experience.json"
    path.write_text(json.dumps(REPORT))
    return path


@pytest.fixture
def measured(service: Service, path: Path, stores: Stores) -> Service:
    service.app = create_app(FakeApplication, stores, lambda: NOW, experience=path)
    return service


def found(service: Service, query: str = "") -> list[dict[str, Any]]:
    response = service.call("GET", ROUTE + query, scope="crm")
    assert response.status_code == 200, response.text
    rows: list[dict[str, Any]] = response.json()["rows"]
    return rows


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [0, 1, 10, 11]),
        ("?metric=nps", [0, 10]),
        ("?metric=stars", []),
        ("?by=touchpoint", [5, 6]),
        ("?touchpoint=shop", [5]),
        ("?touchpoint=shop&period=month", [7]),
        ("?by=touchpoint&touchpoint=shop&period=2017-11", [7]),
        ("?by=period", [2, 3]),
        ("?by=period&period=90_days", [4, 10, 11]),
        ("?by=overall&period=2017-12", [3]),
        (f"?period={WINDOW}&metric=nps", [4, 10]),
        ("?segment=loyal", [9]),
        ("?channel=email", [8]),
    ],
)
def test_rows_are_chosen(measured: Service, query: str, expected: list[int]) -> None:
    assert found(measured, query) == [ROWS[k] for k in expected]


def test_the_answer_is_what_the_documentation_says(measured: Service) -> None:
    answer = measured.call("GET", ROUTE, scope="crm").json()
    ExperienceAnswer.model_validate(answer)
    assert set(answer) == set(ExperienceAnswer.model_fields)
    assert answer["coverage"] == REPORT["coverage"]
    assert answer["notes"] == REPORT["notes"]


@pytest.mark.parametrize(
    ("query", "field", "code", "remedy"),
    [
        ("metric=npz", "metric", "invalid_value", "'nps'"),
        ("by=shop", "by", "invalid_value", "'touchpoint'"),
        ("period=2017-13", "period", "invalid_value", "did you mean 2017-1"),
        ("touchpoint=shp", "touchpoint", "invalid_value", "did you mean shop?"),
        ("channel=fax", "channel", "invalid_value", "send one of email"),
        ("segment=", "segment", "invalid_value", "send one of loyal"),
        ("segment=loyal&channel=email", "segment", "invalid_value", "leave out channel or segment"),
        ("by=channel&segment=loyal", "by", "invalid_value", "send by=segment"),
        ("touchpoints=shop", "touchpoints", "unknown_field", "did you mean touchpoint?"),
        ("metric=nps&metric=csat", "metric", "invalid_value", "'nps'"),
    ],
)
def test_what_cannot_be_met_names_field_value_and_remedy(
    measured: Service, query: str, field: str, code: str, remedy: str
) -> None:
    fault = refused(measured.call("GET", f"{ROUTE}?{query}", scope="crm"), 422, code, field)
    assert remedy in fault["remedy"]


def test_before_it_was_measured_it_says_what_to_run(service: Service, stores: Stores) -> None:
    fault = refused(service.call("GET", ROUTE, scope="crm"), 409, "experience_not_measured")
    assert fault["remedy"] == "run nextbest experience"
    service.app = create_app(FakeApplication, stores, lambda: NOW, experience=Path("nowhere.json"))
    refused(service.call("GET", ROUTE, scope="crm"), 409, "experience_not_measured")


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"version": 2}', "null", "\x00"])
def test_a_damaged_file_is_refused_and_its_repair_is_seen(
    measured: Service, path: Path, text: str
) -> None:
    assert found(measured)
    path.write_text(text)
    refused(measured.call("GET", ROUTE, scope="crm"), 409, "experience_not_measured")
    path.write_text(json.dumps(REPORT))
    assert found(measured)


def test_a_new_file_is_seen_at_once(measured: Service, path: Path) -> None:
    assert len(found(measured)) == 4
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({**REPORT, "rows": ROWS[:1]}))
    os.utime(fresh, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    fresh.replace(path)
    assert len(found(measured)) == 1
    path.unlink()
    refused(measured.call("GET", ROUTE, scope="crm"), 409, "experience_not_measured")


@pytest.mark.parametrize("scope", ["decide", "ingest", None])
def test_other_keys_do_not_open_it(measured: Service, scope: str | None) -> None:
    assert measured.call("GET", ROUTE, scope=scope).status_code == (403 if scope else 401)


def test_the_parameters_are_documented(measured: Service) -> None:
    described = measured.call("GET", "/openapi.json", scope=None).json()["paths"][ROUTE]["get"]
    names = {each["name"] for each in described["parameters"] if each["in"] == "query"}
    assert names == {"metric", "by", "period", "segment", "touchpoint", "channel"}
    assert all(each["description"] for each in described["parameters"])
    assert {"409", "422"} <= set(described["responses"])
    assert "90_days" in measured.call("GET", "/docs", scope=None).text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Experience", "inferred, not said", "too few customers", "40.0%", "answers of"]),
        ("fr", ["Expérience client", "déduit, non dit", "trop peu de clients", "réponses de"]),
    ],
)
def test_the_console_shows_it_and_marks_what_is_inferred(
    measured: Service, language: str, words: list[str]
) -> None:
    page = measured.call("GET", f"/console?lang={language}", scope=None).text
    for word in words:
        assert word in page
    assert "&lt;web&gt;" in page
    assert "<web>" not in page
    assert page.count("<meter") == 7


def test_the_console_says_when_nothing_was_measured(service: Service) -> None:
    page = service.call("GET", "/console", scope=None).text
    assert "run nextbest experience" in page
    assert "lancez nextbest experience" in service.call("GET", "/console?lang=fr", scope=None).text
