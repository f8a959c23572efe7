"""What comes later, and who refused, changes nothing."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from tests.integration.support import SMALL
from tests.integration.village import DAY, END, Village, draw
from tests.training.support import assert_same_state, parts
from training.customer_models import FittedModel, fit_churn, fit_responses
from training.models.labels.contacts import response_rows
from training.models.labels.purchases import churn_rows
from training.recommender.fit import fit_state
from training.recommender.interactions import Interactions, load_interactions
from training.recommender.ranker import labelled_rows
from training.recommending import FittedRecommender, fit_recommender

CUT = END - 60 * DAY
EARLIER = CUT - 30 * DAY
REFUSERS = frozenset(f"c{k:03d}" for k in range(0, 240, 9))
Open = Callable[..., DuckDBPyConnection]


def later_rows() -> dict[str, pd.DataFrame]:
    """Purchases, mailings and answers dated the cut itself and later, by customers we know."""
    drawn = draw(11)
    lines = drawn["transactions"].head(400)
    at = CUT + np.arange(400) % 3 * DAY
    shown = drawn["exposures"].head(50)
    names = [f"late-{k}" for k in range(50)]
    outcomes = pd.DataFrame(
        {
            "outcome_id": names,
            "decision_id": shown["decision_id"],
            "customer_id": shown["customer_id"],
            "action_id": shown["action_id"],
            "occurred_at": CUT,
            "outcome": "accepted",
        }
    )
    return {
        "transactions": lines.assign(
            order_id=[f"late-{k}" for k in range(400)], purchased_at=at, amount=99
        ),
        "exposures": shown.assign(decision_id=names, exposed_at=CUT, ends_at=CUT + DAY),
        "outcomes": outcomes,
    }


@pytest.fixture(scope="module")
def futures(plain: Open) -> list[DuckDBPyConnection]:
    """The village as it went on, as it might have gone on, and as it stood at the cut."""
    return [plain(Village()), plain(Village(extra=later_rows())), plain(Village(until=CUT))]


@pytest.fixture(scope="module")
def loaded(futures: list[DuckDBPyConnection]) -> list[Interactions]:
    return [load_interactions(con, CUT, honour_consents=True) for con in futures]


def test_the_state_knows_nothing_of_what_comes_later(loaded: list[Interactions]) -> None:
    first, *others = [fit_state(data, CUT, SMALL.family) for data in loaded]
    assert loaded[0].at.size != loaded[1].at.size != loaded[2].at.size
    for state in others:
        assert_same_state(first, state)


def test_the_rankers_rows_know_nothing_of_what_comes_later(loaded: list[Interactions]) -> None:
    rows = [
        labelled_rows(data, [(EARLIER, fit_state(data, EARLIER, SMALL.family))], SMALL.ranker)
        for data in loaded
    ]
    for other in rows[1:]:
        np.testing.assert_array_equal(other.features, rows[0].features)
        np.testing.assert_array_equal(other.label, rows[0].label)


def assert_same_recommender(one: FittedRecommender, other: FittedRecommender) -> None:
    """The same rankers, chances and figures; the states are compared elsewhere."""
    for goal, ranker in one.rankers.items():
        assert ranker.text == other.rankers[goal].text
    assert set(one.chances.tables) == set(other.chances.tables) == {"any", "discover", "replenish"}
    for goal, table in one.chances.tables.items():
        for part in ("edges", "positives", "total"):
            expected = getattr(other.chances.tables[goal], part)
            np.testing.assert_array_equal(getattr(table, part), expected)
    assert one.metrics() == other.metrics()


def test_rankers_and_figures_know_nothing_of_what_comes_later(loaded: list[Interactions]) -> None:
    fitted = [fit_recommender(data, CUT, SMALL) for data in loaded]
    for other in fitted[1:]:
        assert_same_recommender(fitted[0], other)


@pytest.mark.parametrize("label", [churn_rows, response_rows])
def test_labels_know_nothing_of_what_comes_later(
    futures: list[DuckDBPyConnection], label: Callable[..., Any]
) -> None:
    when: Any = [EARLIER - 30 * DAY, EARLIER] if label is churn_rows else CUT
    keys = ["customer_id", "as_of"] + (["decision_id"] if label is response_rows else [])
    frames = [
        label(con, when, honour_consents=True).frame.sort_values(keys, ignore_index=True)
        for con in futures
    ]
    assert len(frames[0]) > 100
    assert 0 < frames[0]["label"].mean() < 1
    for frame in frames[1:]:
        pd.testing.assert_frame_equal(frame, frames[0])


def test_an_answer_on_the_day_after_the_end_is_not_known_before(plain: Open) -> None:
    """A campaign that ended a second before the cut; its answer comes a day later."""
    one = {"customer_id": "c000", "action_id": "campaign_type_a"}
    exposure = {**one, "decision_id": "edge", "exposed_at": CUT - 9 * DAY, "ends_at": CUT - 1}
    answer = {**one, "outcome_id": "edge", "decision_id": "edge", "occurred_at": CUT + 3_600}
    extra = {
        "exposures": pd.DataFrame([exposure]).assign(channel="post", arm="policy"),
        "outcomes": pd.DataFrame([answer]).assign(outcome="accepted"),
    }
    con = plain(Village(extra=extra))
    for until, label in ((CUT, 0.0), (CUT + DAY, 1.0)):
        rows = response_rows(con, until, honour_consents=True).frame
        assert rows.loc[rows["decision_id"] == "edge", "label"].tolist() == [label]


@pytest.fixture(scope="module")
def refused(plain: Open) -> list[DuckDBPyConnection]:
    """Some refuse analytics; in the second village their rows never were."""
    return [plain(Village(), REFUSERS), plain(Village(without=REFUSERS), REFUSERS)]


OWN = ("history.", "histories.", "affinity.", "customers.")
"""Parts of a state that are each customer's own, shown to nobody else."""


def test_who_refused_analytics_shapes_no_state(refused: list[DuckDBPyConnection]) -> None:
    """Their own history tailors what they are shown; nothing is learned from it."""
    with_rows, without = (load_interactions(con, CUT, honour_consents=True) for con in refused)
    assert with_rows.items == without.items
    one, other = (fit_state(d, CUT, SMALL.family) for d in (with_rows, without))
    theirs = dict(parts(other))
    own = [name for name, _ in parts(one) if name.startswith(OWN)]
    assert_same_state(one, other, but=frozenset(own))
    mine = with_rows.customers.index_of(sorted(REFUSERS))
    others = np.setdiff1d(np.arange(one.n_customers), mine)
    assert not with_rows.trains[mine].any()
    assert np.diff(one.history.pointer)[mine].all()
    np.testing.assert_array_equal(one.customers.visits[others], other.customers.visits[others])
    for name, model in one.models.items():
        scores = model.score(one.histories.of(mine))
        assert scores.any(), f"{name} says nothing of those who refuse only to be learned from"
    kept = ~np.isin(np.repeat(np.arange(one.n_customers), np.diff(one.history.pointer)), mine)
    for name in ("item", "orders", "last_days", "strength"):
        held = getattr(one.history, name)
        np.testing.assert_array_equal(held[kept], theirs[f"history.{name}"])


def test_who_refused_analytics_trains_and_measures_no_ranker(
    refused: list[DuckDBPyConnection],
) -> None:
    fitted = [
        fit_recommender(load_interactions(con, CUT, honour_consents=True), CUT, SMALL)
        for con in refused
    ]
    assert_same_recommender(*fitted)


def test_who_refused_personalisation_has_no_history(plain: Open) -> None:
    con = plain(Village(), consents=False)
    assert load_interactions(con, CUT, honour_consents=True).at.size == 0


def test_who_refused_analytics_trains_no_model(refused: list[DuckDBPyConnection]) -> None:
    def texts(con: DuckDBPyConnection) -> dict[str, tuple[str, list[Any]]]:
        churn = fit_churn(con, END, honour_consents=True, seed=7)
        fitted = fit_responses(con, END, honour_consents=True, seed=7)
        assert churn is not None
        models: dict[str, FittedModel] = {"churn": churn, **fitted}
        return {
            name: (f.model.trees.text, [v.tolist() for v in vars(f.model.calibration).values()])
            for name, f in models.items()
        }

    with_rows, without = (texts(con) for con in refused)
    assert set(with_rows) == {"churn", "campaign_type_a"}
    assert with_rows == without


def test_consent_can_be_left_aside_on_real_rows_only(refused: list[DuckDBPyConnection]) -> None:
    """``nextbest evaluate`` counts everybody; training never does."""
    everybody = load_interactions(refused[0], CUT, honour_consents=False)
    assert everybody.trains.all()
    allowed = load_interactions(refused[0], CUT, honour_consents=True)
    assert set(np.flatnonzero(~allowed.trains)) == set(allowed.customers.index_of(sorted(REFUSERS)))
