"""The ranker's trials are what the decision code would serve."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from duckdb import DuckDBPyConnection

from decisioning.recommender.family import FAMILY
from decisioning.recommender.pairs import PAIR_FEATURES
from decisioning.recommender.state import RecommenderState
from tests.integration.support import SMALL
from tests.integration.village import DAY, END, Village
from training.recommender.family import Learned, fit_family
from training.recommender.fit import fit_state, learned_of
from training.recommender.interactions import Interactions, load_interactions
from training.recommender.measure import decided_slates, measure_slates, relevance
from training.recommender.probability import fit_chances
from training.recommender.ranker import fit_ranker, labelled_rows
from training.recommender.ticks import OutOfTimeError
from training.recommender.trials import make_bench, sampled

CUT = END - 30 * DAY
EARLIER = CUT - 30 * DAY


def test_a_trial_measures_what_is_served(plain: Callable[..., DuckDBPyConnection]) -> None:
    data = load_interactions(plain(Village()), END, honour_consents=True)
    states = [fit_state(data, moment, SMALL.family) for moment in (EARLIER, CUT)]
    windows = ((EARLIER, CUT), (CUT, END))
    bench = make_bench(data, states, windows, SMALL.ranker, 10_000, 7)
    rows = labelled_rows(data, [(EARLIER, states[0])], SMALL.ranker)
    rankers = {goal: fit_ranker(rows, goal, SMALL.ranker) for goal in ("any", "discover")}
    rankers["replenish"] = rankers["any"]
    asked = relevance(data, states[1], CUT, END)
    for goal in ("any", "discover"):
        served = measure_slates(decided_slates(states[1], rankers), asked, goal)
        tried = bench.ndcg(goal)
        assert tried.shape == served.shape
        # Where a customer has fewer than ten candidates, the service fills up by popularity.
        assert tried.mean() == pytest.approx(served.mean(), abs=0.01)
        assert (tried <= served + 1e-12).all()
        deaf = bench.ndcg(goal, [*FAMILY, "popularity", "popularity_30d"])
        assert not np.array_equal(deaf, tried)
    few = make_bench(data, states, windows, SMALL.ranker, 15, 7)
    assert few.ndcg("any").size == 15

    trees = itertools.count()

    def tick() -> None:
        if next(trees) == 3:
            raise OutOfTimeError

    def ended() -> None:
        raise OutOfTimeError

    with pytest.raises(OutOfTimeError):
        few.ndcg("any", tick=tick)
    assert next(trees) == 4
    with pytest.raises(OutOfTimeError):
        make_bench(data, states, windows, SMALL.ranker, 15, 7, ended)

    chances = fit_chances(data, states[1], rankers, (CUT, END), 7)
    for goal, table in chances.tables.items():
        assert table.total.min() >= 200
        assert 0 < table.positives.sum() < table.total.sum()
        found = chances.metrics[goal]
        assert found["auc"].value > 0.6
        assert found["ece"].value < 0.02
    assert set(chances.tables) == {"any", "discover", "replenish"}
    nobody = fit_chances(data, states[1], rankers, (END + 900 * DAY, END + 901 * DAY), 7)
    assert nobody.tables == nobody.metrics == {}


def test_a_further_model_is_a_column_of_the_same_candidates(
    plain: Callable[..., DuckDBPyConnection],
) -> None:
    data = load_interactions(plain(Village()), END, honour_consents=True)
    bare = replace(SMALL.family, names=("item_knn", "ease"))
    states = [fit_state(data, moment, bare) for moment in (EARLIER, CUT)]
    windows = ((EARLIER, CUT), (CUT, END))
    bench = make_bench(data, states, windows, SMALL.ranker, 40, 7, learners=30)
    assert np.unique(bench.rows.customer).size == 30
    one = replace(SMALL.family, names=("popular",))
    more = [replace(s, models={**s.models, **fit_family(_learned(s, data), one)}) for s in states]
    heard = bench.hearing("popular", more)
    column = PAIR_FEATURES.index("popular")
    assert not bench.features[:, column].any()
    rates = more[1].models["popular"].score(more[1].histories.of(np.array([0])))[0]
    assert np.array_equal(heard.features[:, column], rates[heard.item])
    fitted = make_bench(data, more, windows, SMALL.ranker, 40, 7, learners=30)
    assert np.array_equal(fitted.rows.features, heard.rows.features)
    assert np.array_equal(fitted.features, heard.features)
    told = heard.tried("any")
    assert set(told.weights) <= {"item_knn", "ease", "popular"}
    assert 0 < sum(told.weights.values()) < 1
    assert set(heard.tried("any", ["popular"]).weights) <= {"item_knn", "ease"}


def test_a_sample_is_the_same_whoever_else_is_there(
    plain: Callable[..., DuckDBPyConnection],
) -> None:
    data = load_interactions(plain(Village()), END, honour_consents=True)
    everybody = np.arange(len(data.customers))
    some = sampled(data, everybody, 50, 7)
    assert some.size == 50
    assert (np.diff(some) > 0).all()
    assert sampled(data, some, 50, 7).tolist() == some.tolist()
    fewer = sampled(data, everybody[::2], 20, 7)
    assert set(some[some % 2 == 0]) <= set(sampled(data, everybody[::2], 50, 7))
    assert set(fewer) <= set(everybody[::2])
    assert sampled(data, everybody, 50, 8).tolist() != some.tolist()


def _learned(state: RecommenderState, data: Interactions) -> Learned:
    return learned_of(state.histories, state.customers.home, data)
