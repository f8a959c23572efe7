"""The session ranker: what it learns from, and that it learns."""

import numpy as np
import pytest

from bundle.models import TreeModel
from decisioning.recommender.histories import Histories
from decisioning.recommender.sessions.events import session_histories
from decisioning.recommender.sessions.features import SESSION_FEATURES
from decisioning.recommender.sessions.slates import blend, session_slates
from training.recommender.sessions.fit import SessionConfig, fit_sessions
from training.recommender.sessions.ranker import (
    SessionRankerConfig,
    fit_session_ranker,
    fit_trees,
    prefixes_of,
    session_rows,
)

N_ITEMS = 24
EVERYTHING = np.ones((1, N_ITEMS), dtype=np.bool_)
MODELS = SessionConfig(dimensions=6)
CONFIG = SessionRankerConfig(
    share=0.4, fewest_labels=50, trees=30, leaves=7, min_leaf=10, threads=1
)


def there_and_back(seed: int, n: int = 150) -> Histories:
    """Visitors look at three neighbours and then always return to the first of them."""
    draw = np.random.default_rng(seed)
    start = draw.integers(0, N_ITEMS - 3, n)
    item = np.stack([start, start + draw.integers(1, 3, n), start + 1, start], axis=1)
    row = np.repeat(np.arange(n), 4)
    return session_histories(row, item.ravel(), np.ones(row.size, np.float32), (n, N_ITEMS))


def learned(sessions: Histories) -> TreeModel:
    ranker = fit_session_ranker(sessions, MODELS, CONFIG)
    assert ranker is not None
    return ranker


def test_prefixes_are_what_stood_before_each_click() -> None:
    row, item = np.array([0, 0, 0, 1, 2, 2]), np.array([5, 6, 7, 8, 9, 9])
    sessions = session_histories(row, item, np.arange(1, 7, dtype=np.float32), (3, 10))
    found = prefixes_of(sessions, 1)
    assert found.target.tolist() == [6, 7, 9]
    assert found.histories.pointer.tolist() == [0, 1, 3, 4]
    assert found.histories.item.tolist() == [5, 5, 6, 9]
    assert found.histories.age.tolist() == [0, 1, 0, 0]
    assert found.histories.weight.tolist() == [1, 1, 2, 5]
    assert prefixes_of(sessions, 2).target.tolist() == [7]
    assert prefixes_of(sessions, 3).target.size == 0


def test_every_next_click_is_kept_and_a_share_of_the_rest() -> None:
    model, asked = fit_sessions(there_and_back(1), MODELS), prefixes_of(there_and_back(2), 1)
    whole = session_rows(model, asked, SessionRankerConfig(negatives=1.0))
    part = session_rows(model, asked, SessionRankerConfig(negatives=0.25))
    assert whole.features.shape[1] == len(SESSION_FEATURES)
    assert part.label.sum() == whole.label.sum() > 300
    kept = (~part.label).sum() / (~whole.label).sum()
    assert kept == pytest.approx(0.25, abs=0.05)


def test_no_prefix_gives_no_rows() -> None:
    model = fit_sessions(there_and_back(1), MODELS)
    rows = session_rows(model, prefixes_of(there_and_back(2), 9), CONFIG)
    assert rows.features.shape == (0, len(SESSION_FEATURES))
    assert rows.label.size == 0


def test_it_learns_that_visitors_return() -> None:
    train, asked = there_and_back(1), prefixes_of(there_and_back(2), 3)
    ranker = learned(train)
    assert ranker.columns == list(SESSION_FEATURES)
    model = fit_sessions(train, MODELS)
    first = {
        name: session_slates(model, asked.histories, EVERYTHING, 1, order).item[:, 0]
        for name, order in (("blend", blend), ("ranker", ranker))
    }
    right = {name: (items == asked.target).mean() for name, items in first.items()}
    assert right["ranker"] > 0.9 > right["blend"]


def test_the_models_it_learns_with_do_not_hold_its_sessions() -> None:
    """Sessions that the index held would find themselves: the ranker is that of the split."""
    train = there_and_back(3)
    cut = 90
    model = fit_sessions(train.of(np.arange(cut)), MODELS)
    rows = session_rows(model, prefixes_of(train.of(np.arange(cut, 150)), 1), CONFIG)
    assert learned(train).text == fit_trees(rows, CONFIG).text


def test_saved_as_text_it_ranks_the_same() -> None:
    train = there_and_back(4)
    ranker = learned(train)
    again = learned(train)
    assert again.text == ranker.text
    rows = session_rows(fit_sessions(train, MODELS), prefixes_of(train, 1), CONFIG)
    np.testing.assert_array_equal(TreeModel(ranker.text)(rows.features), ranker(rows.features))


def test_too_few_labels_teach_nothing() -> None:
    few = there_and_back(5, 20)
    assert fit_session_ranker(few, MODELS, CONFIG) is None
