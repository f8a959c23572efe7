"""Known answers: the figures are what scikit-uplift 0.5.1 gives for the same rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.models.uplift.measures import auuc, perfect_qini_area, qini, qini_curve, uplift_at

Y = np.array([1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1], float)
CONTACTED = np.array([1, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0], bool)
TIED = np.array([0.9, 0.8, 0.8, 0.7, 0.7, 0.6, 0.5, 0.5, 0.5, 0.4, 0.2, 0.1])
IN_ORDER = np.arange(12, 0, -1.0)


@pytest.mark.parametrize(
    ("score", "of_qini", "of_auuc"),
    [
        (TIED, 0.10555555555555556, 0.11481481481481479),
        (IN_ORDER, 0.07160493827160495, 0.06995884773662549),
    ],
)
def test_as_scikit_uplift_has_it(score, of_qini, of_auuc):
    assert qini(Y, score, CONTACTED) == pytest.approx(of_qini, abs=1e-12)
    assert auuc(Y, score, CONTACTED) == pytest.approx(of_auuc, abs=1e-12)


def test_where_control_answers_more_than_the_contacted_fail():
    """The perfect uplift curve breaks its ties the other way there."""
    y, contacted = np.array([1, 1, 1, 0, 1, 1, 0, 1.0]), np.array([1, 0, 0, 1, 0, 0, 1, 0], bool)
    score = np.array([5, 5, 4, 3, 3, 2, 1, 0.0])
    assert qini(y, score, contacted) == pytest.approx(0.3125)
    assert auuc(y, score, contacted) == pytest.approx(0.38157894736842113)


@pytest.mark.parametrize(("k", "expected"), [(0.3, -0.5), (0.5, 0.0), (0.75, 0.1)])
def test_uplift_of_the_first_as_scikit_uplift_has_it(k, expected):
    assert uplift_at(Y, IN_ORDER, CONTACTED, k) == pytest.approx(expected, abs=1e-12)


def test_rows_of_the_score_at_which_the_first_end_count_in_part():
    score = np.r_[2.0, 1.0, 1.0, 1.0, 1.0, 0.0]
    contacted = np.array([1, 1, 1, 0, 0, 0], bool)
    y = np.array([1, 1, 0, 1, 0, 0.0])
    # Half of the group of four: 1 + 1/2 of 2 responses among 1 + 1 contacted; 1/2 of 1 among 1.
    assert uplift_at(y, score, contacted, 0.5) == pytest.approx(1.5 / 2 - 0.5 / 1)
    turned = np.arange(6)[::-1]
    assert uplift_at(y[turned], score[turned], contacted[turned], 0.5) == pytest.approx(0.25)


@pytest.mark.parametrize("k", [0.0, -0.1, 1.5])
def test_a_share_that_is_none_is_refused(k):
    with pytest.raises(ValueError, match="give a share"):
        uplift_at(Y, TIED, CONTACTED, k)


def test_nothing_to_compare_is_not_a_figure():
    alone = np.zeros(12, bool)
    assert np.isnan(uplift_at(Y, TIED, alone))
    assert np.isnan(qini(np.zeros(12), TIED, CONTACTED))
    assert np.isnan(auuc(np.zeros(4), np.arange(4.0), np.ones(4, bool)))


def test_everybody_alike_is_the_diagonal_and_the_perfect_is_one():
    assert qini(Y, np.zeros(12), CONTACTED) == pytest.approx(0.0)
    perfect = Y * np.where(CONTACTED, 1.0, -1.0)
    assert qini(Y, perfect, CONTACTED) == pytest.approx(1.0)
    assert perfect_qini_area(Y, CONTACTED) > 0


@given(st.integers(0, 10_000))
def test_a_weight_counts_as_so_many_rows(seed):
    rng = np.random.default_rng(seed)
    n = 30
    y, contacted = (rng.random(n) < 0.5).astype(float), rng.random(n) < 0.5
    score, times = rng.integers(0, 6, n).astype(float), rng.integers(1, 4, n)
    many = [np.repeat(part, times) for part in (y, score, contacted)]
    weight = times.astype(float)
    for measure in (qini, auuc):
        np.testing.assert_allclose(
            measure(y, score, contacted, weight), measure(*many), atol=1e-9, equal_nan=True
        )


@given(st.integers(0, 10_000))
def test_the_order_of_the_rows_tells_nothing(seed):
    rng = np.random.default_rng(seed)
    order, score = rng.permutation(12), rng.integers(0, 4, 12).astype(float)
    for measure in (qini, auuc, uplift_at):
        np.testing.assert_allclose(
            measure(Y, score, CONTACTED), measure(Y[order], score[order], CONTACTED[order]),
            equal_nan=True, atol=1e-12,
        )  # fmt: skip


@pytest.mark.parametrize("weighted", [False, True])
def test_the_coefficient_is_the_area_under_the_curve_drawn(weighted):
    rng = np.random.default_rng(4)
    y, score = (rng.random(60) < 0.4).astype(float), rng.integers(0, 12, 60).astype(float)
    given_ = rng.random(60) < 0.5
    weight = rng.uniform(0.5, 2.0, 60) if weighted else np.ones(60)
    share, won = qini_curve(y, score, given_, weight)
    assert (share[0], won[0], share[-1]) == (0.0, 0.0, 1.0)
    area = weight.sum() * (np.trapezoid(won, share) - won[-1] / 2)
    best = perfect_qini_area(y, given_, weight)
    assert area / best == pytest.approx(qini(y, score, given_, weight))
