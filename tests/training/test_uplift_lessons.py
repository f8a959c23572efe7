"""Uplift by customer from the service's log, where it holds enough."""

from collections.abc import Sequence

import duckdb
import numpy as np
import pandas as pd
import pytest

import training.uplift_lessons as lessons
from decisioning.uplift import PersonalUplift, UpliftTable
from tests.training.models.uplift.support import COLUMNS, chances, draw_x
from training.lessons import Exposure, learn
from training.models.uplift.fit import UpliftConfig
from training.uplift_lessons import SNAPSHOT_EVERY, learn_uplifts, trial_rows

CONFIG = UpliftConfig(learners=("s_logistic",), folds=4, repeats=1)
AT = 10 * SNAPSHOT_EVERY + 5


def draw_log(n: int, effect: float) -> tuple[list[Exposure], pd.DataFrame]:
    """Draw a log of half control, half shown at odds of their own, and its snapshot."""
    x, rng = draw_x(n, 1), np.random.default_rng(1)
    alone, shown = chances(x, effect)
    log = []
    for k in range(n):
        held, odds = k % 2 == 0, 0.9 if x[k, 2] > 54 else 0.3
        chosen = not held and rng.random() < odds
        responded = rng.random() < (shown if chosen else alone)[k]
        log.append(
            Exposure(
                f"c{k}", "a", 0.1, 0.0, 0.0 if held else odds, chosen, held, responded, AT
            )
        )  # fmt: skip
    view = pd.DataFrame(x, columns=list(COLUMNS))
    ids = [f"c{k}" for k in range(n)]
    return log, view.assign(customer_id=ids, as_of=AT // SNAPSHOT_EVERY * SNAPSHOT_EVERY)


def learned(
    monkeypatch: pytest.MonkeyPatch, log: Sequence[Exposure], view: pd.DataFrame
) -> tuple[lessons.UpliftLessons, list[int]]:
    asked: list[int] = []

    def customer_view(con: object, as_of: Sequence[int], *, honour_consents: bool) -> pd.DataFrame:
        asked.extend(as_of)
        return view

    monkeypatch.setattr(lessons, "customer_view", customer_view)
    found = learn_uplifts(
        duckdb.connect(), log, learn(log).uplifts,
        honour_consents=True, seed=1, columns=COLUMNS, config=CONFIG,
    )  # fmt: skip
    return found, asked


def test_whom_an_action_changes_stands_in_place_of_the_table(monkeypatch):
    log, view = draw_log(8000, 1.0)
    found, asked = learned(monkeypatch, log, view)
    assert asked == [10 * SNAPSHOT_EVERY], "the snapshot of before the decision"
    personal = found.uplifts["a"]
    assert isinstance(personal, PersonalUplift)
    new = draw_x(2000, 2)
    alone, shown = chances(new, 1.0)
    said = personal.apply(np.zeros(2000), new)
    assert np.corrcoef(said.mean, shown - alone)[0, 1] > 0.8
    row = found.findings[0].as_row()
    assert (row["action_id"], row["verdict"], row["learner"]) == ("a", "learned", "s_logistic")
    assert row["effect_low"] < row["effect"] < row["effect_high"]
    assert row["qini_s_logistic"] > row["qini_response"]


def test_the_trial_is_left_as_models_of_other_folds_saw_it(monkeypatch):
    log, view = draw_log(8000, 1.0)
    lessons_ = learned(monkeypatch, log, view)[0]
    held, selection = lessons_.held["a"], lessons_.findings[0].selection
    assert held.kind == "uplift"
    assert held.found is not None
    assert held.contacted is not None
    assert held.probability is not None
    assert selection is not None
    assert (held.found.verdict, held.found.drawn) == ("learned", "s_logistic")
    told = {one.name: one for one in held.found.rankings}
    assert list(told) == ["response", "s_logistic", "random"]
    of_learner = next(m for m in selection.measured if m.name == "s_logistic")
    assert told["s_logistic"].qini.value == of_learner.qini.value
    assert told["s_logistic"].uplift_at_30.low == of_learner.uplift_at_30.low
    assert told["random"].qini.low < 0 < told["random"].qini.high
    assert told["s_logistic"].qini.low > told["random"].qini.high
    # One repetition: the scores of the fold a row is in come from a model of the others, so they
    # are not what the model of all rows, which the bundle takes, says.
    personal = lessons_.uplifts["a"]
    assert isinstance(personal, PersonalUplift)
    whole = personal.apply(np.zeros(held.y.size), held.x).mean
    assert not np.allclose(held.mean, whole, atol=1e-6)
    assert np.corrcoef(held.mean, whole)[0, 1] > 0.9
    by_id = {e.subject: e for e in log}
    rows = list(zip(held.customers.tolist(), held.contacted, held.y, strict=True))
    assert all(by_id[c].shown == bool(g) and by_id[c].responded == bool(y) for c, g, y in rows)


def test_where_nothing_is_found_the_table_stays(monkeypatch):
    log, view = draw_log(3000, 0.0)
    found, _ = learned(monkeypatch, log, view)
    assert isinstance(found.uplifts["a"], UpliftTable)
    assert found.findings[0].as_row()["verdict"] == "none"
    trial = found.held["a"].found
    assert trial is not None
    assert (trial.verdict, trial.drawn) == ("none", "s_logistic")
    assert trial.reason.startswith("No uplift found")


def test_more_actions_ask_for_more_proof_of_each(monkeypatch):
    log, view = draw_log(1500, 0.0)
    both = [*log, *(one._replace(action_id="b") for one in log)]

    def needed(found: lessons.UpliftLessons) -> float:
        return float(found.findings[0].reason.rpartition("reaches ")[2].rstrip("."))

    alone, shared = (learned(monkeypatch, told, view)[0] for told in (log, both))
    assert needed(shared) > needed(alone)
    assert len(shared.findings) == 2


def test_too_few_with_a_snapshot_keep_the_table_and_say_so(monkeypatch):
    log, view = draw_log(3000, 1.0)
    found, _ = learned(monkeypatch, log, view[:150])
    assert isinstance(found.uplifts["a"], UpliftTable)
    row = found.findings[0].as_row()
    assert row["verdict"] == "too_few"
    assert "an uplift needs 100" in row["reason"]
    assert found.held == {}


def test_a_log_that_tells_nothing_asks_for_no_snapshot(monkeypatch):
    log, view = draw_log(60, 1.0)
    found, asked = learned(monkeypatch, log, view)
    assert (found.uplifts, found.findings, found.held, asked) == ({}, (), {}, [])


def test_the_control_group_stands_for_all_and_contacts_by_their_odds():
    log, view = draw_log(400, 1.0)
    log.append(log[0]._replace(subject="nobody knows"))
    told = [e for e in log if e.shown or e.control]
    rows, customers = trial_rows(told, view, COLUMNS)
    assert len(rows) == len(told) - 1
    mine = view.set_index("customer_id").loc[customers, list(COLUMNS)]
    np.testing.assert_array_equal(rows.x, mine.to_numpy())
    assert rows.contacted is not None
    assert rows.probability is not None
    assert set(rows.probability[rows.contacted]) == {0.3, 0.9}
    assert np.unique(rows.probability[~rows.contacted]).size == 1
    shown = [e for e in told if e.shown]
    assert rows.y[rows.contacted].sum() == sum(e.responded for e in shown)
