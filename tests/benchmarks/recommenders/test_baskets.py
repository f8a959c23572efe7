"""The protocols of the tables of next baskets, on data small enough to count by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.recommenders.baskets import Asked, best, figure, measure
from benchmarks.recommenders.baskets_family import baselines
from benchmarks.recommenders.last_basket_data import lag
from benchmarks.recommenders.last_basket_lines import DAY, Lines, read
from benchmarks.recommenders.tafeng import read as read_tafeng
from benchmarks.recommenders.tafeng import split
from tests.training.recommender.models.suite import items_of


def test_the_ideal_is_over_the_whole_basket() -> None:
    """Twelve items asked for, ten named and right: recall 10/12, and no NDCG of 1."""
    asked = Asked(items_of([[0]], 20), np.arange(12))
    measured = measure(np.arange(10)[None, :], asked)
    gain = 1 / np.log2(np.arange(2, 14))
    assert measured.recall[0] == pytest.approx(10 / 12)
    assert measured.ndcg[0] == pytest.approx(gain[:10].sum() / gain.sum())


def test_a_hit_lower_down_is_worth_less() -> None:
    asked = Asked(items_of([[0], [0]], 20), np.array([0, 20 + 9]))
    measured = measure(np.tile(np.arange(10), (2, 1)), asked)
    np.testing.assert_allclose(measured.recall, [1, 1])
    np.testing.assert_allclose(measured.ndcg, [1, 1 / np.log2(11)])


def test_some_subjects_keep_their_own_truth() -> None:
    asked = Asked(items_of([[0], [1], [2]], 4), np.array([1, 4, 6, 11]))
    some = asked.of(np.array([1, 2]))
    np.testing.assert_array_equal(some.truth, [0, 2, 7])
    np.testing.assert_array_equal(some.histories.item, [1, 2])
    np.testing.assert_array_equal(some.size, [2, 1])


def test_gp_top_puts_the_own_items_first_and_fills_up() -> None:
    known = items_of([[3, 3, 5], [3, 4], [11]], 12)
    score = baselines(known)["GP-Top"]
    slates = best(score, Asked(known, np.array([0, 12, 24])))
    assert slates[0, :3].tolist() == [3, 5, 4]
    assert slates[2, :2].tolist() == [11, 3]


def test_an_interval_holds_the_mean_and_is_the_same_again() -> None:
    draw = np.random.default_rng(0)
    folds = [draw.random(200) for _ in range(3)]
    found = figure(folds, seed=1)
    assert found.low < found.value < found.high
    assert found.value == pytest.approx(np.mean(folds))
    assert found == figure(folds, seed=1)
    assert found.high - found.low < 0.2


def test_the_last_basket_of_tafeng_is_the_target(tmp_path: Path) -> None:
    baskets = {"user": [7, 7, 7, 7, 9, 9], "basket": [0, 1, 1, 2, 0, 1], "item": [4, 4, 4, 6, 6, 8]}
    pd.DataFrame(baskets).to_parquet(tmp_path / "baskets.parquet")
    asked = read_tafeng(tmp_path / "baskets.parquet")
    np.testing.assert_array_equal(asked.histories.pointer, [0, 2, 3])
    np.testing.assert_array_equal(asked.histories.age, [2, 1, 1])
    np.testing.assert_array_equal(asked.truth, [0 * 3 + 1, 1 * 3 + 2])


def test_folds_share_nothing_within_and_differ_between() -> None:
    parts = split(100, 0)
    assert [part.size for part in parts] == [72, 8, 20]
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(100))
    assert not np.array_equal(parts[2], split(100, 1)[2])


def drawn_lines(tmp_path: Path) -> Lines:
    """Thirty households of six weekly baskets of a habit and something else; and four to drop."""
    draw = np.random.default_rng(3)
    rows = [
        (user, item, f"2017-03-{1 + day:02d} 10:30:00")
        for user in range(30)
        for day in range(user % 3, 28, 5)
        for item in {user % 4, int(draw.integers(4, 8))}
    ]
    rows += [(90, 0, f"2017-03-{day:02d} 09:00:00") for day in range(1, 5)]  # four baskets
    rows += [(91, 1, f"2017-03-01 0{hour}:00:00") for hour in range(6)]  # one day
    rows += [(92, k % 8, f"2017-03-0{1 + k % 5} 11:00:0{k % 9}") for k in range(400)]  # too many
    rows += [(0, 77, "2017-03-02 10:30:00")]  # a product on one line
    frame = pd.DataFrame(rows, columns=["household_id", "product_id", "transaction_timestamp"])
    frame["transaction_timestamp"] = pd.to_datetime(frame["transaction_timestamp"])
    frame.to_parquet(tmp_path / "transactions.parquet")
    return read(tmp_path / "transactions.parquet")


def test_households_and_products_with_too_little_are_dropped(tmp_path: Path) -> None:
    lines = drawn_lines(tmp_path)
    assert np.unique(lines.user).size == 30
    assert lines.n_items == 8
    last = np.flatnonzero(np.r_[lines.user[1:] != lines.user[:-1], True])
    assert (lines.to_come[last] == 0).all()
    np.testing.assert_array_equal(
        lines.basket + lines.to_come, (lines.basket[last] + lines.to_come[last])[lines.user]
    )


@pytest.mark.parametrize("k", [0, 1, 2])
def test_nothing_of_the_target_or_after_it_is_known(tmp_path: Path, k: int) -> None:
    lines = drawn_lines(tmp_path)
    asked, _ = lag(lines, k)
    for subject in range(asked.n_subjects):
        mine = lines.user == subject
        target = lines.time[mine & (lines.to_come == k)][0]
        known = asked.histories.of(np.array([subject]))
        before = mine & (lines.time < target)
        np.testing.assert_array_equal(known.item, lines.item[before])
        np.testing.assert_allclose(known.age, (target - lines.time[before]) / DAY)
        wanted = lines.item[mine & (lines.to_come == k)]
        of_subject = asked.truth // lines.n_items == subject
        np.testing.assert_array_equal(asked.truth[of_subject] % lines.n_items, np.sort(wanted))


def test_the_season_counts_only_days_before(tmp_path: Path) -> None:
    lines = drawn_lines(tmp_path)
    asked, season = lag(lines, 0)
    past = lines.to_come > 0
    for subject in (0, 1, 2, 17):
        target = lines.time[(lines.user == subject) & (lines.to_come == 0)][0]
        today = target // DAY
        day = lines.time // DAY
        for item in range(lines.n_items):
            column = season.columns(np.array([subject]), np.array([item]))
            found = dict(zip(season.names, column, strict=True))
            of_item = past & (lines.item == item) & (day < today)
            assert found["sold_7d"][0] == (of_item & (day >= today - 7)).sum()
            assert found["sold_28d"][0] == (of_item & (day >= today - 28)).sum()
            assert found["hour"][0] == 10.5
        popular = season.popular(np.array([subject]))[0]
        recent = past & (day < today) & (day >= today - 14)
        np.testing.assert_array_equal(popular, np.bincount(lines.item[recent], minlength=8))
    assert asked.n_subjects == 30
