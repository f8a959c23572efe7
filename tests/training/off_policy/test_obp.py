"""Agreement with obp on Open Bandit's logs, from what obp was given and what it said."""

import json
from functools import cache
from pathlib import Path

import pytest

from benchmarks.off_policy import by_obp_name, lay_rows
from benchmarks.open_bandit import CAMPAIGNS, from_fixture
from training.off_policy.log import Log
from training.off_policy.value import evaluate

FIXTURES = Path(__file__).parents[1] / "fixtures"
NAMES = ("ips", "snips", "dm", "dr", "switch_dr@1", "switch_dr@2", "switch_dr@10")


@cache
def laid(campaign: str) -> tuple[Log, dict[str, float]]:
    kept = json.loads((FIXTURES / f"open_bandit_{campaign}.json").read_text())
    rows, policy, clicks = from_fixture(kept)
    return lay_rows(rows, policy, clicks.of(rows)), kept["figures"]


@pytest.mark.parametrize("campaign", CAMPAIGNS)
@pytest.mark.parametrize("name", NAMES)
def test_the_figures_are_obps(campaign: str, name: str) -> None:
    log, figures = laid(campaign)
    assert set(figures) == set(NAMES)
    assert by_obp_name(name, log).value == pytest.approx(figures[name], abs=1e-9)


@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_the_log_carries_the_policy(campaign: str) -> None:
    answer = evaluate(laid(campaign)[0])
    assert answer.refusal is None
    assert len(answer.values) == 5
