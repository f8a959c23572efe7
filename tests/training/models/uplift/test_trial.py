"""Rows of an experiment, checked and weighted."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.models.uplift.support import draw_rows
from training.models.contract import TooFewRowsError
from training.models.folds import folds_by_customer
from training.models.uplift.trial import as_trial, effective_size


def test_weights_are_one_in_the_mean_of_each_group():
    trial = as_trial(draw_rows(3000, 1, odds="skewed"))
    for group in (trial.contacted, ~trial.contacted):
        assert trial.weight[group].mean() == pytest.approx(1.0)
        assert trial.weight[group].std() > 0.1
    np.testing.assert_allclose(as_trial(draw_rows(1000, 1)).weight, 1.0)


def test_some_rows_are_weighted_anew():
    trial = as_trial(draw_rows(3000, 1, odds="skewed"))
    some = trial.take(np.arange(1500))
    assert some.weight[some.contacted].mean() == pytest.approx(1.0)
    assert len(some) == 1500


def test_unequal_weights_are_worth_fewer_rows():
    trial = as_trial(draw_rows(3000, 1, odds="skewed"))
    group = trial.contacted
    assert trial.information[group].sum() == pytest.approx(effective_size(trial.weight[group]))
    assert trial.information[group].sum() < 0.95 * group.sum()
    assert effective_size(np.ones(7)) == pytest.approx(7.0)
    assert effective_size(np.zeros(0)) == 0.0


def test_rows_of_no_experiment_are_refused():
    rows = draw_rows(1000, 1)
    with pytest.raises(ValueError, match="hold no experiment"):
        as_trial(replace(rows, contacted=None, probability=None))
    with pytest.raises(ValueError, match=r"y holds 2\.0"):
        as_trial(replace(rows, y=rows.y * 2.0))
    with pytest.raises(ValueError, match="had no chance to"):
        as_trial(replace(rows, probability=np.where(rows.contacted, 0.0, 0.5)))


def test_too_few_of_a_group_or_an_outcome_are_refused():
    rows = draw_rows(1000, 1)
    first = np.flatnonzero(rows.contacted)[:99]
    with pytest.raises(TooFewRowsError, match="99 effective customers contacted"):
        as_trial(rows.take(np.r_[first, np.flatnonzero(~rows.contacted)]))
    rare = replace(rows, y=rows.y * (np.cumsum(rows.y * ~rows.contacted) <= 4))
    with pytest.raises(TooFewRowsError, match="rarer outcome among those not contacted"):
        as_trial(replace(rare, y=np.where(rows.contacted, rows.y, rare.y)))


def test_a_customers_rows_are_in_one_fold():
    customer = np.repeat(np.arange(40), 3)
    part = folds_by_customer(customer, 7, 1)
    assert all(np.unique(part[customer == c]).size == 1 for c in range(40))
    assert np.bincount(part[::3]).min() >= 5
    for folds in (1, 41):
        with pytest.raises(ValueError, match="for 40 customers"):
            folds_by_customer(customer, folds, 1)
