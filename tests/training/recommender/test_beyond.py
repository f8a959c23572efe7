"""Popularity bias, coverage, novelty, diversity: by hand, and their bounds."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.decisioning.support import make_state
from training.recommender.beyond import (
    Catalogue,
    gini,
    intra_list_diversity,
    measure_beyond,
    novelty,
    popularity_bias,
)
from training.recommender.measure import beyond_of, catalogue_of


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


def test_slates_are_measured_against_the_items_that_are_known() -> None:
    """Items that were never sold count neither as shown to nobody nor as rare."""
    state = make_state(3, 6, 40, 0.3)
    unsold = np.arange(40) % 4 == 0
    lines = np.where(unsold, 0, state.items.lines).astype(np.float32)
    state = replace(state, items=replace(state.items, lines=lines))
    shown = np.flatnonzero(~unsold).reshape(3, 10)
    everybody = np.ones(state.n_customers, dtype=np.bool_)
    found = beyond_of(shown, state, everybody)
    assert found is not None
    assert found.coverage == 1
    assert found.gini == pytest.approx(0)
    assert set(found.figures()) == {
        "coverage", "gini", "novelty_bits", "diversity", "popularity_lift",
    }  # fmt: skip
    part = beyond_of(np.where(np.arange(10) < 5, shown, -1), state, everybody)
    assert part is not None
    assert part.coverage == 0.5
    assert beyond_of(np.full((3, 10), -1), state, everybody) is None
    catalogue = catalogue_of(state, everybody)
    assert catalogue.purchases.size == 30
    bought = np.bincount(state.history.item, minlength=40)[~unsold]
    assert catalogue.buyers.tolist() == bought.tolist()
    one = everybody & (np.arange(state.n_customers) == 1)
    alone = catalogue_of(state, one)
    part = slice(state.history.pointer[1], state.history.pointer[2])
    mine = np.bincount(state.history.item[part], minlength=40)[~unsold]
    assert alone.buyers.tolist() == mine.tolist(), "who refused analytics is not counted"
    assert alone.n_customers == int(mine.any())


def test_a_figure_that_is_no_number_has_no_name() -> None:
    one = measure_beyond(np.array([[0, -1], [0, -1]]), catalogue())
    assert "diversity" not in one.figures()
