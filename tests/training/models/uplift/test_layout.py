"""Of many columns, those that tell most."""

import numpy as np

from tests.training.models.uplift.support import COLUMNS, draw_rows, true_uplift
from training.models.contract import Rows
from training.models.design import fit_design
from training.models.uplift.layout import MOST_COLUMNS, lay_out
from training.models.uplift.learners import learn
from training.models.uplift.trial import as_trial


def widened(rows: Rows, more: int) -> Rows:
    noise = np.random.default_rng(3).standard_normal((len(rows), more))
    columns = (*(f"n{k}" for k in range(more)), *rows.columns)
    x = np.hstack([noise, rows.x])
    return Rows(columns, x, rows.y, rows.customer, rows.as_of, rows.contacted, rows.probability)


def test_what_tells_is_found_among_much_that_does_not():
    rows = widened(draw_rows(4000, 1), 60)
    trial = as_trial(rows)
    design = lay_out(trial)
    used = {design.columns[j] for j in design.source}
    assert design.columns == trial.columns
    assert len(used) == MOST_COLUMNS
    assert set(COLUMNS) - {"noise"} <= used
    said = learn("s_logistic", trial, 1).predict(trial.x).mean
    assert np.corrcoef(said, true_uplift(draw_rows(4000, 1)))[0, 1] > 0.8


def test_a_term_is_laid_as_it_would_be_alone():
    trial = as_trial(widened(draw_rows(1000, 1), 30))
    design = lay_out(trial)
    chosen = np.unique(design.source)
    alone = fit_design(tuple(trial.columns[j] for j in chosen), trial.x[:, chosen])
    np.testing.assert_allclose(design.lay(trial.x), alone.lay(trial.x[:, chosen]))


def test_few_columns_are_all_kept():
    trial = as_trial(draw_rows(1000, 1))
    np.testing.assert_array_equal(lay_out(trial).source, fit_design(trial.columns, trial.x).source)
