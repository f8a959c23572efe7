"""Popularity bias, coverage, novelty, diversity: by hand, and their bounds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.recommender.beyond import (
    Catalogue,
    gini,
    intra_list_diversity,
    measure_beyond,
    novelty,
    popularity_bias,
)


def catalogue(n_items: int = 20) -> Catalogue:
    """Item 0 is bought most; items alternate between two categories."""
    purchases = np.arange(n_items, 0, -1)
    return Catalogue(purchases, purchases // 2, np.arange(n_items) % 2, n_customers=15)


def test_one_item_for_everybody() -> None:
    found = measure_beyond(np.array([[0, -1], [0, -1]]), catalogue())
    assert found.bias.recommended.tolist() == [1.0] + [0.0] * 9
    assert found.gini == pytest.approx(1 - 1 / 20)
    assert found.coverage == pytest.approx(1 / 20)
    assert found.novelty == pytest.approx(-np.log2(11 / 16))
    assert np.isnan(found.diversity)


def test_every_item_as_often() -> None:
    found = measure_beyond(np.arange(20).reshape(5, 4), catalogue())
    np.testing.assert_allclose(found.bias.recommended, 0.1)
    np.testing.assert_allclose(found.bias.bought[0], (20 + 19) / 210)
    np.testing.assert_allclose(found.bias.lift[0], 0.1 / (39 / 210))
    assert found.gini == pytest.approx(0)
    assert found.coverage == 1
    assert found.diversity == pytest.approx(4 / 6)


def test_what_is_shown_like_it_is_bought_has_no_bias() -> None:
    purchases = np.array([40, 10, 30, 20, 0, 0, 0, 0, 0, 0])
    bias = popularity_bias(2 * purchases, purchases)
    np.testing.assert_allclose(bias.lift[:4], 1)
    assert np.isnan(bias.lift[4:]).all()
    np.testing.assert_allclose(bias.bought[:4], [0.4, 0.3, 0.2, 0.1])


def test_a_rarer_item_is_newer() -> None:
    known = catalogue()
    by_item = [novelty(np.eye(20, dtype=np.int64)[item], known) for item in range(20)]
    assert by_item == sorted(by_item)
    assert by_item[19] == 4.0  # nobody of 15 bought it


def test_diversity_is_of_pairs_within_a_slate() -> None:
    categories = np.array([0, 0, 1, 2])
    slates = np.array([[0, 1, -1], [0, 1, 2], [-1, -1, 3]])
    assert intra_list_diversity(slates, categories) == pytest.approx((0 + 2 / 3) / 2)


@given(st.lists(st.integers(0, 9), min_size=1).filter(any))
def test_gini_is_the_mean_difference_over_twice_the_mean(shown: list[int]) -> None:
    counts = np.array(shown)
    differences = np.abs(counts[:, None] - counts[None, :]).mean()
    assert gini(counts) == pytest.approx(differences / (2 * counts.mean()))


def test_nothing_shown_is_refused() -> None:
    with pytest.raises(ValueError, match="no slate has an item"):
        measure_beyond(np.full((2, 3), -1), catalogue())
