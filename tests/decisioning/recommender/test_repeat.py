"""Features of buying again, by hand and as properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decisioning.recommender.models.repeat_items import RepeatItems
from decisioning.recommender.pairs.repeat import REPEAT_FEATURES, repeat_columns
from decisioning.recommender.state import NEVER
from tests.training.recommender.models.suite import drawn, histories_of
from training.recommender.models.repeat_items import fit_repeat_items

ITEMS = RepeatItems(
    buyers=np.array([0.5, 0.1, 0.2], dtype=np.float32),
    recent_buyers=np.array([0.25, 0.1, 0.0], dtype=np.float32),
    habit=np.array([0.6, 0.1, 0.2], dtype=np.float32),
    again_next=np.array([0.3, 0.05, 0.1], dtype=np.float32),
    usual_gap=np.array([9.0, 5.0, 5.0], dtype=np.float32),
    basket_gap=np.array([2.0, 1.0, 1.0], dtype=np.float32),
    part=np.array([0.75, 0.5, 0.1], dtype=np.float32),
)
SHOPPER = histories_of(
    [
        [
            *[(0, 37.0, 0), (1, 37.0, 0), (0, 30.0, 1), (0, 30.0, 1)],
            *[(1, 14.0, 2), (0, 7.0, 3), (1, 0.0, 4)],
        ],
        [],
    ],
    3,
)


def told(row: int, item: int) -> dict[str, float]:
    columns = repeat_columns(SHOPPER, ITEMS, np.array([row]), np.array([item]))
    assert all(column.dtype == np.float32 for column in columns)
    return {n: float(c[0]) for n, c in zip(REPEAT_FEATURES, columns, strict=True)}


def test_an_item_bought_in_three_of_five_baskets() -> None:
    found = told(0, 0)
    assert found["baskets_with"] == 3
    assert found["share_of_baskets"] == pytest.approx(3 / 5)
    assert found["share_since_first"] == pytest.approx(3 / 5)
    assert found["decayed_7"] == pytest.approx(0.5 ** (37 / 7) + 0.5 ** (30 / 7) + 0.5)
    assert found["basket_decayed_1"] == pytest.approx(1 / 16 + 1 / 8 + 1 / 2)
    assert found["since"] == 7
    assert found["baskets_since"] == 1
    assert found["baskets_since_first"] == 4
    assert found["overdue"] == pytest.approx(7 / ((30 + 2 * 9) / 4))
    assert found["baskets_overdue"] == pytest.approx(2 / ((3 + 2 * 2) / 4))
    assert [found[f"in_last_{k}"] for k in (1, 2, 3, 4)] == [0, 1, 0, 1]


def test_shares_and_ranks_within_the_history() -> None:
    first, second = told(0, 0), told(0, 1)
    strength = [sum(0.5 ** (p / 10) for p in places) for places in ((4, 3, 1), (4, 2, 0))]
    shares = [s / sum(strength) for s in strength]
    assert [first["share_of_decayed"], second["share_of_decayed"]] == pytest.approx(shares)
    assert [first["rank_in_history"], second["rank_in_history"]] == [1, 0]


@pytest.mark.parametrize(
    ("name", "distance", "half_life"),
    [("part_of_baskets", (37, 30, 14, 7, 0), 120), ("part_of_lately", (4, 3, 2, 1, 0), 10)],
)
def test_a_basket_is_shared_out_among_its_items(
    name: str, distance: tuple[int, ...], half_life: float
) -> None:
    """The first basket holds both; each of the other four holds one of them, in turn."""
    weight = [0.5 ** (d / half_life) for d in distance]
    first = weight[0] / 2 + weight[1] + weight[3]
    assert told(0, 0)[name] == pytest.approx(first / sum(weight))
    assert told(0, 0)[name] + told(0, 1)[name] == pytest.approx(1)
    assert told(0, 2)[name] == 0


def test_an_item_never_bought() -> None:
    found = told(0, 2)
    for name in ("baskets_with", "decayed_30", "share_of_decayed", "in_last_1"):
        assert found[name] == 0
    for name in ("rank_in_history", "since", "baskets_since", "baskets_since_first"):
        assert found[name] == NEVER
    assert found["overdue"] == found["baskets_overdue"] == -1


def test_what_is_told_of_the_item() -> None:
    found = told(0, 0)
    assert found["trend"] == pytest.approx(0.251 / 0.501)
    names = ("buyers", "recent_buyers", "habit", "again_next", "usual_gap", "basket_gap", "part")
    expected = [0.5, 0.25, 0.6, 0.3, 9.0, 2.0, 0.75]
    assert [found[name] for name in names] == pytest.approx(expected)


def test_what_is_told_of_the_subject() -> None:
    found = told(0, 2)
    assert found["baskets"] == 5
    assert found["items_known"] == 2
    assert found["basket_size"] == pytest.approx(6 / 5)
    weight = [0.5 ** (place / 10) for place in range(5)]
    assert found["usual_part"] == pytest.approx((sum(weight[:4]) + weight[4] / 2) / sum(weight))
    assert found["last_basket_size"] == 1
    assert found["repeat_ratio"] == pytest.approx(1 - 2 / 6)
    # Both items were new in the first basket, the one that is not among the last four.
    assert found["recent_explore_share"] == 0
    assert found["since_last_basket"] == 0
    assert found["between_baskets"] == pytest.approx(37 / 4)


def test_a_subject_without_a_history() -> None:
    found = told(1, 0)
    assert found["baskets_with"] == found["baskets"] == found["basket_size"] == 0
    assert found["part_of_baskets"] == found["usual_part"] == 0
    assert found["since"] == found["since_last_basket"] == found["between_baskets"] == NEVER


def test_nobody_with_a_history() -> None:
    empty = histories_of([[], []], 3)
    columns = repeat_columns(empty, ITEMS, np.array([0, 1]), np.array([2, 0]))
    assert np.isfinite(np.stack(columns)).all()
    assert columns[REPEAT_FEATURES.index("baskets_with")].tolist() == [0, 0]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 30), st.lists(st.integers(0, 29), min_size=1, max_size=8, unique=True))
def test_a_pair_depends_on_its_own_subject_alone(seed: int, subjects: list[int]) -> None:
    histories, chosen = drawn(seed), np.array(subjects)
    items = fit_repeat_items(histories)
    row, item = np.divmod(np.arange(30 * 50), 50)
    everybody = np.stack(repeat_columns(histories, items, row, item)).reshape(-1, 30, 50)
    row, item = np.divmod(np.arange(chosen.size * 50), 50)
    some = np.stack(repeat_columns(histories.of(chosen), items, row, item))
    np.testing.assert_array_equal(some.reshape(-1, chosen.size, 50), everybody[:, chosen])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 30))
def test_every_value_is_finite_and_every_share_a_share(seed: int) -> None:
    histories = drawn(seed)
    row, item = np.divmod(np.arange(30 * 50), 50)
    columns = np.stack(repeat_columns(histories, fit_repeat_items(histories), row, item))
    assert np.isfinite(columns).all()
    shares = ("share_of_baskets", "share_since_first", "share_of_decayed", "repeat_ratio")
    for name in (*shares, "part_of_baskets", "part_of_lately", "part", "usual_part"):
        column = columns[REPEAT_FEATURES.index(name)]
        assert column.min() >= 0
        assert column.max() <= 1 + 1e-6
