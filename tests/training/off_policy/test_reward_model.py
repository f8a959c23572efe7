"""Models told of others than those they learned from."""

import numpy as np
import pytest

from tests.training.off_policy.support import LOGGING, REWARD, TARGET, TRUTH, world, worlds
from training.off_policy.log import lay
from training.off_policy.reward_model import (
    MIN_ROWS,
    Examples,
    Fit,
    apart,
    cross_fit,
    folds_by_customer,
    together,
)
from training.off_policy.value import estimate


def examples(n: int, seed: int = 1) -> Examples:
    one = world(n, seed)
    return Examples(one.level[:, None].astype(float), one.action, one.reward, np.arange(n))


def test_folds_keep_a_customer_whole_and_are_even() -> None:
    customers = np.random.default_rng(1).integers(0, 101, 1_000) * 17
    part = folds_by_customer(customers, 5, 3)
    for customer in np.unique(customers):
        assert np.unique(part[customers == customer]).size == 1
    _, first = np.unique(customers, return_index=True)
    assert set(np.bincount(part[first])) == {20, 21}
    assert not np.array_equal(part, folds_by_customer(customers, 5, 4))


@pytest.mark.parametrize("folds", [1, 4])
def test_folds_need_customers(folds: int) -> None:
    with pytest.raises(ValueError, match=f"folds={folds} for 3 customers"):
        folds_by_customer(np.array([1, 2, 3]), folds, 1)


@pytest.mark.parametrize(
    "fit", [apart("logistic"), apart("ridge"), apart("trees"), together("trees")]
)
def test_the_rates_are_found(fit: Fit) -> None:
    told = cross_fit(examples(12_000), 3, fit, folds=3, seed=2)
    level = examples(12_000).x[:, 0].astype(int)
    for one in (0, 1):
        assert told[level == one].mean(axis=0) == pytest.approx(REWARD[one], abs=0.05)


def test_one_slope_for_all_actions_is_found() -> None:
    # Logistic with an indicator each cannot tell the interaction, and must get the margins right.
    rows = examples(12_000)
    told = cross_fit(rows, 3, together("logistic"), folds=3, seed=2)
    shown = told[np.arange(12_000), rows.action]
    for action in range(3):
        at = rows.action == action
        assert shown[at].mean() == pytest.approx(rows.reward[at].mean(), abs=0.01)


def test_no_row_is_told_by_a_model_that_saw_it() -> None:
    rows = examples(300)
    seen: list[frozenset[int]] = []

    def spy(given: Examples, k: int):  # type: ignore[no-untyped-def]
        seen.append(frozenset(given.customers.tolist()))
        mine = seen[-1]

        def predict(x: np.ndarray) -> np.ndarray:
            assert not mine & set(x[:, 1].astype(int).tolist())
            return np.zeros((len(x), k))

        return predict

    numbered = rows._replace(x=np.column_stack([rows.x, rows.customers]))
    cross_fit(numbered, 3, spy, folds=4, seed=1)
    assert len(seen) == 4
    assert set.union(*map(set, seen)) == set(range(300))


def test_an_action_with_few_rows_is_told_by_all() -> None:
    rows = examples(400)
    few = np.flatnonzero(rows.action == 2)[: MIN_ROWS - 1]
    kept = rows.take(np.sort(np.r_[np.flatnonzero(rows.action < 2), few]))
    told = apart("ridge")(kept, 3)(kept.x)
    assert told[:, 2] == pytest.approx(kept.reward.mean())
    assert np.unique(told[:, 0]).size == 2


def test_one_outcome_alone_is_told_as_it_is() -> None:
    rows = examples(200)._replace(reward=np.zeros(200))
    assert not together("logistic")(rows, 3)(rows.x).any()


def test_dr_with_a_cross_fitted_model_is_unbiased() -> None:
    told = []
    for seed, one in enumerate(worlds(80, 300)):
        rows = Examples(one.level[:, None].astype(float), one.action, one.reward, np.arange(300))
        predicted = cross_fit(rows, 3, apart("ridge"), folds=3, seed=seed)
        log = lay(
            one.reward, one.action, LOGGING[one.level], TARGET[one.level], predicted=predicted
        )
        told.append(estimate("dr", log).value)
    z = (np.mean(told) - TRUTH) / (np.std(told, ddof=1) / np.sqrt(len(told)))
    assert abs(z) < 4
