"""BM25 item-kNN."""

import numpy as np
import pytest
from implicit.nearest_neighbours import BM25Recommender
from implicit.utils import ParameterWarning

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.evidence import log_weights
from decisioning.recommender.models.item_knn import ItemKnn
from tests.training.recommender.models.suite import ScorerSuite, drawn, histories_of
from training.recommender.models.item_knn import ItemKnnConfig, fit_item_knn


class TestItemKnn(ScorerSuite):
    def fit(self, histories: Histories) -> ItemKnn:
        return fit_item_knn(histories, ItemKnnConfig(neighbours=20, threads=1))


def test_the_neighbours_are_those_of_implicit() -> None:
    histories = drawn(20)
    weights = log_weights(histories, np.inf)
    theirs = BM25Recommender(K=10, num_threads=1)
    with pytest.warns(ParameterWarning):
        theirs.fit(weights, show_progress=False)
    model = fit_item_knn(histories, ItemKnnConfig(neighbours=10, threads=1))
    subject = 7
    ids, expected = theirs.recommend(
        subject, weights[subject], N=5, filter_already_liked_items=False
    )
    found = model.score(histories.of(np.array([subject])))[0]
    np.testing.assert_allclose(found[ids], expected, rtol=1e-5)
    assert np.isin(ids, np.argsort(-found)[:5]).all()


def test_a_reason_names_the_largest_term() -> None:
    histories = drawn(21)
    model = fit_item_knn(histories, ItemKnnConfig(threads=1))
    one = histories.of(np.array([3]))
    weights = model.weights(one).matrix.toarray()[0]
    for item in range(0, 50, 9):
        terms = weights * model.similarity.toarray()[:, item]
        because = model.explain(one, np.array([item]))
        if terms.max() > 0:
            assert because.item[0] == np.argmax(terms)
            assert because.share[0] == pytest.approx(terms.max() / terms[terms > 0].sum())
        else:
            assert because.item[0] == -1


def test_what_is_old_counts_less() -> None:
    histories = drawn(22)
    fading = fit_item_knn(histories, ItemKnnConfig(half_life=10.0, threads=1))
    recent, old = histories_of([[(3, 0.0, 0)]], 50), histories_of([[(3, 10.0, 0)]], 50)
    ratio = np.log1p(0.5) / np.log1p(1.0)
    np.testing.assert_allclose(fading.score(old), fading.score(recent) * ratio, rtol=1e-5)
