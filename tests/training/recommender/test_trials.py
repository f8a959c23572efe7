"""The ranker's trials are what the decision code would serve."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from duckdb import DuckDBPyConnection

from decisioning.recommender.family import FAMILY
from tests.integration.support import SMALL
from tests.integration.village import DAY, END, Village
from training.recommender.fit import fit_state
from training.recommender.interactions import load_interactions
from training.recommender.measure import decided_slates, measure_slates, relevance
from training.recommender.probability import fit_chances
from training.recommender.ranker import fit_ranker, labelled_rows
from training.recommender.ticks import OutOfTimeError
from training.recommender.trials import make_bench

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
