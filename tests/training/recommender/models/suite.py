"""What every recommender must do. A model's test class inherits `ScorerSuite`.

``fit`` is the model's own; a model that needs settings for tiny data takes them there.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bundle.arrays import load_arrays, save_arrays
from decisioning.recommender.histories import Histories
from decisioning.recommender.scorer import Scorer

I64 = NDArray[np.int64]
Element = tuple[int, float, int] | tuple[int, float, int, float]

N_ITEMS = 20
N_SUBJECTS = 24


def histories_of(subjects: Sequence[Sequence[Element]], n_items: int) -> Histories:
    """Histories of (item, age, basket[, weight]) per subject, each oldest first."""
    flat = [element for subject in subjects for element in subject]
    return Histories(
        pointer=np.r_[0, np.cumsum([len(subject) for subject in subjects])].astype(np.int64),
        item=np.array([e[0] for e in flat], dtype=np.int64),
        age=np.array([e[1] for e in flat], dtype=np.float32),
        basket=np.array([e[2] for e in flat], dtype=np.int64),
        weight=np.array([e[3] if len(e) == 4 else 1.0 for e in flat], dtype=np.float32),
        n_items=n_items,
    )


def items_of(subjects: Sequence[Sequence[int]], n_items: int) -> Histories:
    """Histories of one item a basket, the last basket a day ago, each a day after the other."""
    return histories_of(
        [[(item, float(len(s) - k), k) for k, item in enumerate(s)] for s in subjects], n_items
    )


def checkerboard(*, held_out: bool) -> Histories:
    """Even subjects take even items, odd ones odd items, in turn; each but one when held out."""
    subjects = []
    for subject in range(N_SUBJECTS):
        mine = np.roll(np.arange(subject % 2, N_ITEMS, 2), subject // 2).tolist()
        subjects.append(mine[: len(mine) - held_out])
    return items_of(subjects, N_ITEMS)


def drawn(seed: int, n_subjects: int = 30, n_items: int = 50) -> Histories:
    """Histories with repeats, ties in age, empty subjects, weights, and items never taken."""
    draw = np.random.default_rng(seed)
    subjects: list[list[Element]] = []
    for subject in range(n_subjects):
        n_baskets = 0 if subject % 5 == 0 else int(draw.integers(1, 6))
        ages = np.sort(draw.integers(1, 200, n_baskets))[::-1]
        elements: list[Element] = []
        for basket, age in enumerate(ages.tolist()):
            items = np.sort((draw.beta(0.5, 2, draw.integers(1, 6)) * (n_items - 5)).astype(int))
            elements += [(i, float(age), basket, float(draw.integers(1, 4))) for i in items]
        subjects.append(elements)
    return histories_of(subjects, n_items)


class ScorerSuite(ABC):
    """The tests; a model says how it is fitted, and what it leaves out."""

    personal = True
    """Whether a score depends on the history."""
    sequential = False
    """Whether the order of a history matters: the checkerboard then is about the next item."""

    @abstractmethod
    def fit(self, histories: Histories) -> Scorer:
        """Fit on histories of any size."""

    def test_the_held_out_item_of_a_checkerboard_comes_first(self) -> None:
        if not self.personal:
            pytest.skip("a ranking of all customers alike knows no checkerboard")
        model = self.fit(checkerboard(held_out=False) if self.sequential else checkered())
        told = checkerboard(held_out=True)
        scores = model.score(told)
        scores[told.row, told.item] = -np.inf
        expected = checkerboard(held_out=False).item.reshape(N_SUBJECTS, -1)[:, -1]
        np.testing.assert_array_equal(np.argmax(scores, axis=1), expected)

    def test_alone_or_in_a_block_the_same_bits(self) -> None:
        histories = drawn(1)
        model = self.fit(histories)
        together = model.score(histories)
        for subject in range(histories.n_subjects):
            alone = model.score(histories.of(np.array([subject])))
            np.testing.assert_array_equal(alone[0], together[subject])

    def test_reasons_alone_or_in_a_block_are_the_same(self) -> None:
        histories = drawn(1)
        model = self.fit(histories)
        items = np.arange(histories.n_subjects) % histories.n_items
        together = model.explain(histories, items)
        for subject in range(histories.n_subjects):
            one = np.array([subject])
            alone = model.explain(histories.of(one), items[one])
            assert alone.item[0] == together.item[subject]
            assert alone.share[0] == together.share[subject]

    def test_fitted_twice_the_same_bits(self) -> None:
        one, other = (self.fit(drawn(2)).score(drawn(3)) for _ in range(2))
        np.testing.assert_array_equal(one, other)

    def test_what_is_asked_is_left_as_it_was(self) -> None:
        asked, untouched = drawn(3), drawn(3)
        model = self.fit(asked)
        model.score(asked)
        model.explain(asked, np.zeros(asked.n_subjects, dtype=np.int64))
        for name in ("pointer", "item", "age", "basket", "weight"):
            np.testing.assert_array_equal(getattr(asked, name), getattr(untouched, name))

    def test_saved_and_loaded_the_same_bits(self, tmp_path: Path) -> None:
        model = self.fit(drawn(4))
        save_arrays(tmp_path / "model.npz", model)
        loaded = load_arrays(tmp_path / "model.npz", type(model))
        assert loaded.n_items == model.n_items
        np.testing.assert_array_equal(loaded.score(drawn(5)), model.score(drawn(5)))
        items = np.arange(30) + 5
        np.testing.assert_array_equal(
            loaded.explain(drawn(5), items).share, model.explain(drawn(5), items).share
        )

    @pytest.mark.parametrize("seed", [6, 7, 8])
    def test_scores_are_finite_numbers_one_an_item(self, seed: int) -> None:
        model = self.fit(drawn(seed))
        scores = model.score(drawn(seed + 10))
        assert model.n_items == 50
        assert scores.shape == (30, 50)
        assert scores.dtype == np.float32
        assert np.isfinite(scores).all()

    def test_without_a_history_nothing_speaks_for_an_item(self) -> None:
        model = self.fit(drawn(9))
        nobody = items_of([[], []], 50)
        scores = model.score(nobody)
        np.testing.assert_array_equal(scores[0], scores[1])
        if self.personal:
            assert not scores.any()
        else:
            assert np.unique(scores[0]).size > 1
        because = model.explain(nobody, np.array([0, 1]))
        np.testing.assert_array_equal(because.item, [-1, -1])
        np.testing.assert_array_equal(because.share, [0, 0])

    def test_a_block_of_nobody(self) -> None:
        model = self.fit(drawn(9))
        nobody = items_of([], 50)
        assert model.score(nobody).shape == (0, 50)
        assert model.explain(nobody, np.empty(0, dtype=np.int64)).item.shape == (0,)

    @pytest.mark.parametrize(
        ("subjects", "n_items"),
        [
            ([[0], [0, 0], []], 1),  # one item
            ([[0, 2, 1, 2]], 4),  # one customer, an item never taken
            ([[1]], 2),  # one interaction
            ([[], []], 3),  # nobody ever took anything
        ],
    )
    def test_the_smallest_data(self, subjects: list[list[int]], n_items: int) -> None:
        histories = items_of(subjects, n_items)
        model = self.fit(histories)
        scores = model.score(histories)
        assert scores.shape == (len(subjects), n_items)
        assert np.isfinite(scores).all()
        because = model.explain(histories, np.zeros(len(subjects), dtype=np.int64))
        assert because.item.shape == (len(subjects),)

    def test_an_interaction_told_twice_weighs_like_one_of_double_weight(self) -> None:
        model = self.fit(drawn(11))
        twice = histories_of([[(3, 9.0, 0), (3, 9.0, 0), (7, 2.0, 1)]], 50)
        double = histories_of([[(3, 9.0, 0, 2.0), (7, 2.0, 1)]], 50)
        np.testing.assert_allclose(model.score(twice), model.score(double), rtol=1e-4, atol=1e-6)

    def test_a_reason_is_of_the_history_and_its_share_a_share(self) -> None:
        histories = drawn(12)
        model = self.fit(histories)
        some = False
        for item in range(0, 50, 7):
            because = model.explain(histories, np.full(histories.n_subjects, item))
            assert because.item.dtype == np.int64
            assert because.share.dtype == np.float32
            for subject in range(histories.n_subjects):
                mine = histories.of(np.array([subject])).item
                named, share = because.item[subject], because.share[subject]
                if named == -1:
                    assert share == 0
                else:
                    some = True
                    assert named in mine
                    assert 0 < share <= 1
        assert some == self.personal


def checkered() -> Histories:
    """The checkerboard to learn from: what is held out for one is bought by the others."""
    return checkerboard(held_out=True)
