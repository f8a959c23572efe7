"""Content neighbours."""

import numpy as np
import pytest

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.content import Content
from tests.training.recommender.models.suite import ScorerSuite, drawn, items_of
from training.recommender.models.content import ContentConfig, ItemText, alike, fit_content


def parity(n_items: int) -> list[ItemText]:
    """Even items are of one kind, odd ones of another; the checkerboard in words."""
    kinds = ("fresh whole milk", "steel garden spade")
    return [ItemText(kinds[item % 2], f"Shop > Aisle {item % 2}", "B") for item in range(n_items)]


class TestContent(ScorerSuite):
    def fit(self, histories: Histories) -> Content:
        return fit_content(histories, parity(histories.n_items), ContentConfig())


CATALOGUE = [
    ItemText("Organic Whole Milk", "Food > Dairy > Milk", "Meadow"),
    ItemText("Skimmed milk", "Food > Dairy > Milk", "Alp"),
    ItemText("Aged Cheddar", "Food > Dairy > Cheese", "Alp"),
    ItemText("Dish soap", "Home > Cleaning", "Foam"),
    ItemText(),
]


def similarity(config: ContentConfig) -> np.ndarray:
    return fit_content(items_of([[]], 5), CATALOGUE, config).similarity.toarray()


def test_likeness_is_shared_words_levels_and_brand() -> None:
    found = similarity(ContentConfig())
    np.testing.assert_allclose(found, found.T, atol=1e-6)
    assert not found.diagonal().any()
    assert found[0, 1] > found[0, 2] > 0  # the same shelf before the same department
    assert found[1, 2] > found[0, 2]  # the same brand
    assert not found[3].any()
    assert not found[4].any()
    assert found.max() <= 1 + 1e-6


def test_attributes_weigh_as_told() -> None:
    words = similarity(ContentConfig(category=0.0, brand=0.0))
    assert words[0, 1] > 0
    assert words[0, 2] == 0
    assert similarity(ContentConfig(category=0.0, brand=9.0))[1, 2] > 0.9
    assert (np.count_nonzero(similarity(ContentConfig(neighbours=1)), axis=1) <= 1).all()


def test_some_items_have_the_neighbours_that_all_have() -> None:
    whole = similarity(ContentConfig())
    some = np.array([3, 1, 4])
    found = alike(CATALOGUE, some, ContentConfig()).toarray()
    np.testing.assert_allclose(found, whole[some], atol=1e-6)
    nearest = alike(CATALOGUE, some, ContentConfig(neighbours=1)).toarray()
    assert np.count_nonzero(nearest, axis=1).tolist() == [0, 1, 0]
    assert nearest[1].argmax() == whole[1].argmax()


def test_what_most_items_share_makes_no_neighbours() -> None:
    found = similarity(ContentConfig(common=2))
    assert found[0, 1] > 0
    assert found[0, 2] == 0  # only "Food" and "Food > Dairy", which three items share
    assert found[1, 2] > 0


def test_an_item_nobody_bought_is_put_forward() -> None:
    learned = items_of([[0], [2]], 5)
    scores = fit_content(learned, CATALOGUE, ContentConfig()).score(learned)
    assert np.argmax(scores[0]) == 1


def test_a_catalogue_without_texts_has_no_neighbours() -> None:
    model = fit_content(drawn(1), [ItemText()] * 50, ContentConfig())
    assert not model.score(drawn(1)).any()


def test_every_item_needs_a_text() -> None:
    with pytest.raises(ValueError, match="5 texts for 50 items"):
        fit_content(drawn(1), CATALOGUE, ContentConfig())
