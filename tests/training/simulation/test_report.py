"""Comparison, lines and page: the same figures, well formed, nothing loaded."""

import json
import math
from html.parser import HTMLParser

import numpy as np
import pytest

from training.simulation.compare import Comparison, compare, count_policies, spread
from training.simulation.lines import readable, sparkline
from training.simulation.page import simulation_page
from training.simulation.players import LEARNING
from training.simulation.report import Report, report
from training.simulation.svg import Curve, chart, ticks
from training.simulation.world import Rules


@pytest.fixture(scope="module")
def compared(rules: Rules) -> tuple[Comparison, list[str]]:
    steps: list[str] = []
    return compare(rules, [1, 2], 150, 5, steps.append), steps


@pytest.fixture(scope="module")
def told(rules: Rules, compared: tuple[Comparison, list[str]]) -> Report:
    return report(compared[0], rules)


def test_a_spread_is_students() -> None:
    found = spread(np.array([1.0, 2.0, 6.0]))
    # t(0.975, 2) = 4.302653, sd = sqrt(7).
    assert found == pytest.approx(
        (3.0, 3 - 4.302653 * 7**0.5 / 3**0.5, 3 + 4.302653 * 7**0.5 / 3**0.5)
    )
    assert math.isnan(spread(np.array([1.0])).low)


def test_every_policy_plays_every_seed(
    rules: Rules, compared: tuple[Comparison, list[str]]
) -> None:
    comparison, steps = compared
    assert len(steps) == 2 * count_policies(rules)
    assert all(len(tallies) == 2 for tallies in comparison.shown.values())


def test_the_best_fixed_action_is_each_seeds_own(compared: tuple[Comparison, list[str]]) -> None:
    comparison, _ = compared
    best = comparison.shown["best fixed action"]
    for seed in range(2):
        rivals = [tallies[seed].value.sum() for tallies in comparison.fixed.values()]
        assert best[seed].value.sum() == max(rivals)


def test_being_ahead_is_the_paired_difference_in_the_shops_currency(
    compared: tuple[Comparison, list[str]], told: Report
) -> None:
    comparison, _ = compared
    random = next(one for one in told["policies"] if one["name"] == "random")
    pairs = zip(comparison.named[LEARNING], comparison.named["random"], strict=True)
    gaps = [(a.value.sum() - b.value.sum()) / 150 / 100 for a, b in pairs]
    assert random["learning_ahead_by"]["mean"] == pytest.approx(np.mean(gaps))
    assert sum(random["value_by_week"]) == pytest.approx(random["value"]["mean"])


def test_regret_and_value_add_up_to_the_best(compared: tuple[Comparison, list[str]]) -> None:
    for tallies in compared[0].shown.values():
        for tally in tallies:
            assert (tally.regret >= -1e-6).all()
            np.testing.assert_allclose(tally.value + tally.regret, tally.best)
            assert tally.arms.sum(axis=1).tolist() == [150] * 5


def test_lines_fit_a_terminal_and_tell_every_policy(told: Report) -> None:
    lines = list(readable(told))
    assert max(map(len, lines)) <= 80
    for one in told["policies"]:
        assert any(line.startswith(one["name"]) for line in lines)


def test_a_sparkline_spans_its_scale() -> None:
    assert sparkline([0.0, 7.0, 3.5], 0.0, 7.0) == "▁█▅"
    assert len(sparkline(list(range(500)), 0.0, 500.0)) == 46
    assert sparkline([1.0, 1.0], 1.0, 1.0) == "▁▁"


class _Reader(HTMLParser):
    VOID = ("meta", "line", "circle", "polyline", "polygon")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += attrs

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_loads_nothing(told: Report) -> None:
    page, reader = simulation_page(told), _Reader()
    reader.feed(page)
    assert reader.open == []
    assert reader.seen.count("svg") >= 3
    assert not {"script", "link", "img", "iframe", "object"} & set(reader.seen)
    assert not {"src", "href", "style", "onload"} & {name for name, _ in reader.attributes}
    assert "url(" not in page
    assert "prefers-color-scheme: dark" in page
    points = [value for name, value in reader.attributes if name == "points"]
    assert points
    assert not any("nan" in (value or "") for value in points)


def test_estimates_stand_beside_the_truth_on_the_page_and_in_the_lines(told: Report) -> None:
    week = {"truth": 1.0, "refusal": "", "dr": [1.25, 0.5, 2.0]}
    found = {
        **told["off_policy"],
        "intervals": 2,
        "refused": 1,
        "coverage": {"ips": 0.5, "snips": 1.0, "dr": 1.0},
        "first_seed": [{"week": 2, **week}, {"week": 3, **week, "dr": [0.75, 0.25, 1.25]}],
    }
    measured, reader = {**told, "off_policy": found}, _Reader()
    reader.feed(simulation_page(measured))
    plain, page = simulation_page(told), simulation_page(measured)
    assert reader.open == []
    assert (plain.count("<circle"), page.count("<circle")) == (0, 2)
    assert "Of 2 intervals, the truth lay within: ips 50%, snips 100%, dr 100%." in page
    assert "In 1 weeks" in page
    assert "  they hold the truth in ips 50%, snips 100%, dr 100%" in list(readable(measured))


def test_the_page_escapes_what_a_catalogue_calls_its_actions(told: Report) -> None:
    renamed = {**told, "actions": ["<script>", *told["actions"][1:]]}
    assert "<script>" not in simulation_page(renamed)


def test_the_report_is_json_once_nan_is_null(told: Report) -> None:
    text = json.dumps(told)
    assert json.loads(text)["customers"] == 150


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 1.0, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (-3.0, 9.0, [-5.0, -2.5, 0.0, 2.5, 5.0, 7.5, 10.0]),
    ],
)
def test_ticks_are_round_and_span_the_values(
    low: float, high: float, expected: list[float]
) -> None:
    assert ticks(low, high) == pytest.approx(expected)


def test_a_chart_of_nothing_is_still_a_chart() -> None:
    assert "<svg" in chart("none", [Curve("a", [math.nan, 0.0], "c0")])
