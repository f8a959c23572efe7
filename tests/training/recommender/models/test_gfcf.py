"""GF-CF."""

import numpy as np
import pytest

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.evidence import log_weights
from decisioning.recommender.models.gfcf import Gfcf
from tests.training.recommender.models.suite import ScorerSuite, drawn
from training.recommender.models.gfcf import GfcfConfig, fit_gfcf


class TestGfcf(ScorerSuite):
    def fit(self, histories: Histories) -> Gfcf:
        return fit_gfcf(histories, GfcfConfig(factors=2))


@pytest.mark.parametrize("factors", [5, 256])
def test_a_score_is_the_two_filters(factors: int) -> None:
    learned, told = drawn(20), drawn(21)
    model = fit_gfcf(learned, GfcfConfig(factors=factors, alpha=0.3))
    x = log_weights(learned, np.inf).toarray().astype(np.float64)
    users, items = np.sqrt(x.sum(axis=1, keepdims=True)), np.sqrt(x.sum(axis=0))
    normal = x / np.where(users > 0, users, 1) / np.where(items > 0, items, 1)
    _, value, found = np.linalg.svd(normal, full_matrices=False)
    v = found[:factors][value[:factors] > 1e-9].T
    smooth = (v / np.where(items > 0, items, np.inf)[:, None]) @ (v * items[:, None]).T
    r = log_weights(told, np.inf).toarray()
    expected = r @ (normal.T @ normal) + 0.3 * (r @ smooth)
    np.testing.assert_allclose(model.score(told), expected, rtol=1e-3, atol=1e-4)


def test_a_reason_names_the_largest_term() -> None:
    histories = drawn(22)
    model = fit_gfcf(histories, GfcfConfig(factors=5))
    one = histories.of(np.array([4]))
    weights = log_weights(one, np.inf).toarray()[0]
    for item in range(0, 50, 9):
        of_all = model.gram.toarray() + model.left @ model.right.T
        terms = weights * of_all[:, item]
        assert terms.sum() == pytest.approx(float(model.score(one)[0, item]), abs=1e-5)
        because = model.explain(one, np.array([item]))
        if terms.max() > 1e-6:
            assert because.item[0] == np.argmax(terms)
            assert because.share[0] == pytest.approx(terms.max() / terms[terms > 0].sum(), rel=1e-4)
