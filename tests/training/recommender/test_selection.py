"""Which models are chosen: by what the trials say, inside the time, and what is told of it."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pytest

from decisioning.policy import DAY
from decisioning.recommender.family import FAMILY
from decisioning.recommender.histories import Histories
from decisioning.recommender.state import RecommenderState
from tests.decisioning.support import make_state
from training.recommender import selection
from training.recommender.family import FamilyConfig
from training.recommender.interactions import Interactions
from training.recommender.ranker import RankerConfig
from training.recommender.selection import Budget, Selection, select_models
from training.recommender.ticks import Tick

NAMED = ("ials", "item_knn", "ease")
AS_OF = 1_000 * DAY


@dataclass
class Bench:
    """Figures by what each model adds to 0.1."""

    adds: Mapping[str, float]
    trees: int = 0

    def ndcg(self, goal: str, silent: Sequence[str], tick: Tick) -> np.ndarray:
        del goal
        for _ in range(self.trees):
            tick()
        return np.full(5, 0.1 + sum(v for name, v in self.adds.items() if name not in silent))


def choose(
    monkeypatch: pytest.MonkeyPatch,
    adds: Mapping[str, float],
    seconds: float,
    trees: int = 0,
    **more: Any,
) -> Selection:
    """Select with made-up figures; every look at the clock takes a second."""
    fitted: list[str] = []

    def fit_state(data: object, moment: int, config: FamilyConfig) -> RecommenderState:
        del data
        assert moment in (AS_OF - 60 * DAY, AS_OF - 30 * DAY)
        state = make_state(1, 4, 10, 0.3)
        assert set(config.names) == set(state.models)
        return state

    def fit_family(histories: Histories, trains: object, config: FamilyConfig) -> dict[str, Any]:
        del histories, trains
        fitted.extend(config.names)
        return dict.fromkeys(config.names)

    monkeypatch.setattr(selection, "fit_state", fit_state)
    monkeypatch.setattr(selection, "fit_family", fit_family)
    monkeypatch.setattr(selection, "make_bench", lambda *_: Bench(adds, trees))
    clock = itertools.count().__next__

    @dataclass
    class Data:
        trains: None = None

    budget = Budget(seconds, lambda: float(clock()), **more)
    data = cast(Interactions, Data())
    return select_models(data, AS_OF, FamilyConfig(names=NAMED), RankerConfig(), budget)


def test_what_gains_is_heard_and_what_harms_is_not(monkeypatch: pytest.MonkeyPatch):
    found = choose(monkeypatch, {"ials": -0.02, "gfcf": 0.03, "tifu": 0.01, "upcf": -0.01}, 1000)
    assert found.chosen == ("item_knn", "ease", "gfcf", "tifu")
    tried = [trial.names for trial in found.trials]
    others = [name for name in FAMILY if name not in NAMED]
    assert tried == [
        NAMED, ("item_knn", "ease"), *((*NAMED, name) for name in others), found.chosen
    ]  # fmt: skip
    assert found.trials[0].gain == 0
    assert found.trials[-1].gain == pytest.approx(0.14 / 0.08 - 1)
    assert found.untried == ()
    assert set(found.states) == {AS_OF - 60 * DAY, AS_OF - 30 * DAY}
    assert all(tuple(state.models) == found.chosen for state in found.states.values())


def test_a_gain_that_is_not_worth_it_changes_nothing(monkeypatch: pytest.MonkeyPatch):
    adds = {"gfcf": 0.0004}
    assert choose(monkeypatch, adds, 1000).chosen == NAMED
    assert choose(monkeypatch, adds, 1000, worth=0.003).chosen == (*NAMED, "gfcf")


def test_without_time_the_models_named_stay_and_the_rest_is_told(monkeypatch: pytest.MonkeyPatch):
    found = choose(monkeypatch, {"gfcf": 0.05}, 0)
    assert found.trials == ()
    assert found.chosen == NAMED
    others = [name for name in FAMILY if name not in NAMED]
    assert found.untried == (*others, ", ".join(NAMED), "item_knn, ease")
    assert all(tuple(state.models) == NAMED for state in found.states.values())


def test_a_trial_under_way_is_given_up_when_the_time_ends(monkeypatch: pytest.MonkeyPatch):
    found = choose(monkeypatch, {"ials": -0.05}, 60, trees=1000)
    assert found.trials == ()
    assert found.chosen == NAMED
    assert found.untried[:2] == (", ".join(NAMED), "item_knn, ease")
    # Two goals of ten trees a trial, each tree a second: the first is done, the second is not.
    found = choose(monkeypatch, {"ials": -0.05}, 45, trees=10)
    assert [trial.names for trial in found.trials] == [NAMED]
    assert found.chosen == NAMED
    assert found.untried[0] == "item_knn, ease"


def test_time_that_ends_ends_the_trials(monkeypatch: pytest.MonkeyPatch):
    found = choose(monkeypatch, {"ials": -0.05, "ease_recent": 0.05}, 12)
    assert 1 < len(found.trials) < 4
    assert set(FAMILY) - set(NAMED) - {", ".join(t.names) for t in found.trials}
    assert found.untried
    assert [name for name in FAMILY if name not in NAMED][-1] in found.untried


def test_the_table_names_what_was_chosen(monkeypatch: pytest.MonkeyPatch):
    rows = list(choose(monkeypatch, {"gfcf": 0.05}, 1000).rows())
    assert [row["models"] for row in rows if row["chosen"]] == ["ials, item_knn, ease, gfcf"]
    assert all({"ndcg_10_any", "ndcg_10_discover", "gain", "seconds"} <= set(row) for row in rows)
