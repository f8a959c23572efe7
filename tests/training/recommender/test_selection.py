"""Which models are chosen: by what the trials say, inside the time, and what is told of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import pytest

from decisioning.policy import DAY
from decisioning.recommender.family import FAMILY
from decisioning.recommender.state import RecommenderState
from tests.decisioning.support import make_state
from training.recommender import selection
from training.recommender.budget import Budget
from training.recommender.choice import Selection
from training.recommender.family import FITS, FamilyConfig, Learned
from training.recommender.interactions import Interactions
from training.recommender.ranker import RankerConfig
from training.recommender.selection import EFFORT, select_models
from training.recommender.ticks import Tick
from training.recommender.trials import Tried

NAMED = ("ials", "item_knn", "ease")
AS_OF = 1_000 * DAY
FURTHER = sorted((n for n in FAMILY if n not in NAMED), key=EFFORT.__getitem__)
NOISE = np.linspace(-0.002, 0.002, 5)


@dataclass
class Bench:
    """Figures by what each model adds to 0.1, the same for every customer but for some noise."""

    adds: Mapping[str, float]
    trees: int = 0
    noise: Mapping[str, float] = field(default_factory=dict)
    heard: list[str] = field(default_factory=lambda: list(NAMED))

    def hearing(self, name: str, states: Sequence[RecommenderState], tick: Tick) -> "Bench":
        del tick
        assert all(name in state.models for state in states)
        return replace(self, heard=[*self.heard, name])

    def tried(self, goal: str, silent: Sequence[str], tick: Tick) -> Tried:
        del goal
        for _ in range(self.trees):
            tick()
        told = [name for name in self.heard if name not in silent]
        noise = sum(self.noise.get(name, 0.0) for name in told)
        values = np.full(5, 0.1 + sum(self.adds.get(name, 0.0) for name in told)) + noise * NOISE
        return Tried(values, {name: 0.5 for name in told})


def choose(
    monkeypatch: pytest.MonkeyPatch,
    bench: Bench | Mapping[str, float],
    seconds: float,
    slow: Mapping[str, int] | None = None,
    **more: Any,
) -> Selection:
    """Select with made-up figures; every look at the clock takes a second, a fit as told."""
    clock = [0.0]

    def tell() -> float:
        clock[0] += 1
        return clock[0]

    def fit_state(data: object, moment: int, config: FamilyConfig) -> RecommenderState:
        del data
        assert moment in (AS_OF - 60 * DAY, AS_OF - 30 * DAY)
        assert config.names == ()
        return replace(make_state(1, 4, 10, 0.3), models={})

    def fit_family(learned: object, config: FamilyConfig) -> dict[str, Any]:
        del learned
        clock[0] += sum((slow or {}).get(name, 0) for name in config.names)
        return dict.fromkeys(config.names)

    def learned_of(*_: object) -> Learned:
        return cast(Learned, None)

    made = bench if isinstance(bench, Bench) else Bench(bench)
    monkeypatch.setattr(selection, "fit_state", fit_state)
    monkeypatch.setattr(selection, "learned_of", learned_of)
    monkeypatch.setattr(selection, "fit_family", fit_family)
    monkeypatch.setattr(selection, "make_bench", lambda *_: made)
    budget = Budget(seconds, tell, **more)
    data = cast(Interactions, None)
    return select_models(data, AS_OF, FamilyConfig(names=NAMED), RankerConfig(), budget)


def test_the_effort_of_every_model_is_known() -> None:
    assert set(EFFORT) == set(FAMILY) == set(FITS)


def test_what_gains_is_heard_and_what_harms_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    found = choose(monkeypatch, {"ials": -0.02, "gfcf": 0.03, "tifu": 0.01, "upcf": -0.01}, 1000)
    assert found.chosen == ("item_knn", "ease", "gfcf", "tifu")
    tried = [trial.names for trial in found.trials]
    # One change at a time, the cheapest first; then the best with the next best, and so on.
    assert tried == [
        NAMED, ("item_knn", "ease"), *((*NAMED, name) for name in FURTHER),
        ("item_knn", "ease", "gfcf"), ("item_knn", "ease", "gfcf", "tifu"),
    ]  # fmt: skip
    first = found.trials[0]
    assert (first.gain, first.error, first.over) == (0, 0, None)
    assert found.trials[1].gain == pytest.approx(0.02 / 0.08)
    last = found.trials[-1]
    assert last.over is found.trials[-2]
    assert last.gain == pytest.approx(0.14 / 0.13 - 1)
    assert found.untried == ()
    assert set(found.states) == {AS_OF - 60 * DAY, AS_OF - 30 * DAY}
    assert all(tuple(state.models) == found.chosen for state in found.states.values())
    assert "+7.7% (standard error 0.0%) over item_knn, ease, gfcf" in found.why


def test_a_gain_that_is_not_worth_it_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    adds = {"gfcf": 0.0004}
    found = choose(monkeypatch, adds, 1000)
    assert found.chosen == NAMED
    assert found.why == "9 changes tried, none a gain beyond chance that is worth it"
    assert choose(monkeypatch, adds, 1000, worth=0.003).chosen == (*NAMED, "gfcf")


def test_a_gain_that_may_be_chance_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    # The gain is 1 %, its standard error 0.45 % times the noise; 2.326 of them are the bound.
    adds = {"gfcf": 0.001}
    assert choose(monkeypatch, Bench(adds, noise={"gfcf": 0.9}), 1000).chosen == (*NAMED, "gfcf")
    found = choose(monkeypatch, Bench(adds, noise={"gfcf": 1.1}), 1000)
    assert found.chosen == NAMED
    gfcf = next(trial for trial in found.trials if "gfcf" in trial.names)
    values = NOISE * 1.1 / 0.1
    assert gfcf.error == pytest.approx(values.std() / np.sqrt(5) / np.sqrt(2))


def test_without_time_the_models_named_stay_and_the_rest_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = choose(monkeypatch, {"gfcf": 0.05}, 0)
    assert found.trials == ()
    assert found.chosen == NAMED
    singles = [", ".join((*NAMED, name)) for name in FURTHER]
    assert list(found.untried) == [", ".join(NAMED), "item_knn, ease", *singles]
    assert all(tuple(state.models) == NAMED for state in found.states.values())
    assert found.why == "no trial ended within the time: the models named stay"


def test_a_trial_under_way_is_given_up_when_the_time_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    found = choose(monkeypatch, Bench({"ials": -0.05}, trees=1000), 60)
    assert found.trials == ()
    assert found.chosen == NAMED
    assert found.untried[:2] == (", ".join(NAMED), "item_knn, ease")


def test_nothing_is_begun_that_is_not_expected_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fit takes as long as its effort says by the pace of the others; the slow are left."""
    slow = {name: int(10 * EFFORT[name]) for name in FAMILY}
    found = choose(monkeypatch, {"tifu": 0.05, "gfcf": 0.05}, 120, slow)
    tried = {name for trial in found.trials for name in trial.names}
    assert tried == {*NAMED, "tifu", "upcf", "repurchase", "popular", "ease_recent"}
    assert found.chosen == (*NAMED, "tifu")
    left = [", ".join((*NAMED, name)) for name in FURTHER if name not in tried]
    assert list(found.untried) == left
    # A trial as long as the first would not end either.
    short = choose(monkeypatch, Bench({"ials": -0.05}, trees=10), 40)
    assert [trial.names for trial in short.trials] == [NAMED]


def test_what_gained_is_not_put_together_without_time_and_that_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    adds, both = {"tifu": 0.02, "upcf": 0.01}, "ials, item_knn, ease, tifu, upcf"
    tried = [choose(monkeypatch, adds, seconds) for seconds in range(60, 120, 2)]
    short = [found for found in tried if found.untried == (both,)]
    assert short
    assert all(found.chosen == (*NAMED, "tifu") for found in short)
    assert tried[-1].chosen == (*NAMED, "tifu", "upcf")


def test_the_table_names_what_was_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = list(choose(monkeypatch, {"gfcf": 0.05}, 1000).rows())
    chosen = [row for row in rows if row["chosen"]]
    assert [row["models"] for row in chosen] == ["ials, item_knn, ease, gfcf"]
    assert chosen[0]["compared_with"] == "ials, item_knn, ease"
    assert chosen[0]["weights_any"] == "ials 0.500, item_knn 0.500, ease 0.500, gfcf 0.500"
    assert all({"ndcg_10_any", "ndcg_10_discover", "gain", "seconds"} <= set(row) for row in rows)
    assert [row["customers"] for row in rows] == [5] * len(rows)


def test_quick_trials_learn_as_much_with_fewer_trees() -> None:
    quick = selection.quick(RankerConfig())
    assert (quick.trees, quick.discover.trees) == (60, 60)
    for goal in ("any", "discover"):
        slow, fast = RankerConfig().trees_of(goal), quick.trees_of(goal)
        assert fast.trees * fast.learning_rate == pytest.approx(slow.trees * slow.learning_rate)
        assert (fast.leaves, fast.untold) == (slow.leaves, slow.untold)
    few = RankerConfig(trees=20)
    assert selection.quick(few).trees_of("any") == few.trees_of("any")
