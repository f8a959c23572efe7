"""Uplift by trees: what of their answers is added up."""

from dataclasses import replace

import numpy as np

from bundle.customer_models import read_model, write_model
from bundle.uplift_trees import TreeUplift
from decisioning.uplift import PersonalUplift, UpliftTable
from tests.training.models.uplift.support import draw_rows
from training.models.uplift.learners import learn
from training.models.uplift.trial import as_trial

ROWS = draw_rows(1500, 1)
TRIAL = as_trial(ROWS)


def fitted(name: str, halves: int) -> TreeUplift:
    model = learn(name, TRIAL, 1, halves=halves)
    assert isinstance(model, TreeUplift)
    return model


def test_the_contact_is_read_in_a_column_of_its_own():
    model = fitted("s_trees", 0)
    (tree,) = model._models
    with_contact, without = (np.column_stack([ROWS.x, np.full(1500, c)]) for c in (1.0, 0.0))
    np.testing.assert_allclose(model.predict(ROWS.x).mean, tree(with_contact) - tree(without))


def test_two_models_are_subtracted_and_halves_give_the_error():
    model = fitted("t_trees", 3)
    answers = [tree(ROWS.x) for tree in model._models]
    told = [a - b for a, b in zip(answers[::2], answers[1::2], strict=True)]
    said = model.predict(ROWS.x)
    np.testing.assert_allclose(said.mean, told[0])
    error = np.sqrt(np.mean([(half - told[0]) ** 2 for half in told[1:]], axis=0))
    np.testing.assert_allclose(said.high - said.mean, 1.6448536 * error, rtol=1e-6)


def test_without_halves_only_the_calibration_errs():
    model = replace(fitted("x_trees", 0), calibration=np.array([0.1, 1.0, 0.0, 0.04, 0.0]))
    said = model.predict(ROWS.x)
    np.testing.assert_allclose(said.high - said.mean, 1.6448536 * 0.2)


def test_a_bundle_keeps_an_uplift_by_customer_with_its_table(tmp_path):
    table = UpliftTable(*(np.array([v]) for v in (0.0, 500.0, 60.0, 400.0, 30.0)))
    kept = PersonalUplift(fitted("t_trees", 2), table)
    write_model(tmp_path, "a", kept, "uplift")
    read = read_model(tmp_path, "a", "uplift")
    x, propensity = ROWS.x[:70].copy(), np.full(70, 0.2)
    x[3] = np.nan
    before, after = kept.apply(propensity, x), read.apply(propensity, x)
    for part in ("mean", "low", "high"):
        np.testing.assert_array_equal(getattr(before, part), getattr(after, part))
    assert not np.isnan(after.mean).any()
