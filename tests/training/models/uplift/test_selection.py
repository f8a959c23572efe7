"""A learner is chosen where one pays, and only there."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.models.uplift.support import draw_rows, true_uplift
from training.models.contract import Rows, TooFewRowsError
from training.models.uplift.calibrate import calibration
from training.models.uplift.fit import UpliftConfig, fit_uplift, rank_all, rank_by
from training.models.uplift.ranking import OutOfFold, cross_fit, over_folds
from training.models.uplift.scores import out_of_fold_scores
from training.models.uplift.selection import RESPONSE, measure_all, select
from training.models.uplift.trial import as_trial

CONFIG = UpliftConfig(learners=("s_logistic", "t_logistic"), folds=5, repeats=1)


@pytest.fixture(scope="module")
def found() -> OutOfFold:
    return rank_all(as_trial(draw_rows(4000, 1)), 3, CONFIG)


def permuted(rows: Rows, seed: int) -> Rows:
    assert rows.contacted is not None
    return replace(rows, contacted=np.random.default_rng(seed).permutation(rows.contacted))


def test_whom_a_contact_changes_is_learned():
    rows, seen = draw_rows(4000, 1), []
    fitted = fit_uplift(rows, 3, CONFIG, seen.append)
    assert fitted.selection.verdict == "learned"
    assert fitted.selection.learner == "s_logistic"
    assert "s_logistic" in fitted.selection.reason
    assert len(seen) == 5 * 3
    assert fitted.model is not None
    new = draw_rows(4000, 9)
    said = fitted.model.predict(new.x)
    assert np.corrcoef(said.mean, true_uplift(new))[0, 1] > 0.8


def test_no_uplift_is_found_where_the_contact_was_dealt_anew():
    rows = draw_rows(1500, 2)
    verdicts = [
        select(rank_all(as_trial(permuted(rows, s)), s, CONFIG), s, 0.01, 0.05).verdict
        for s in range(4)
    ]
    assert verdicts.count("none") == 4
    fitted = fit_uplift(permuted(rows, 0), 0, CONFIG)
    assert fitted.model is None
    assert fitted.selection.reason.startswith("No uplift found")


def test_where_the_lift_follows_the_response_the_response_model_ranks(found: OutOfFold):
    """The learners' scores are taken from them: nothing they say is better than the response."""
    rng = np.random.default_rng(1)
    noisy = {n: found.scores["s_logistic"] + 0.1 * rng.standard_normal(found.part.shape)
             for n in CONFIG.learners}  # fmt: skip
    scores = noisy | {RESPONSE: found.scores["s_logistic"]}
    chosen = select(replace(found, scores=scores), 1, 0.01, 0.05)
    assert chosen.verdict == "response"
    assert chosen.learner == ""
    assert chosen.reason.startswith("Uplift modelling does not pay")


def test_the_simplest_within_one_error_of_the_best_is_chosen(found: OutOfFold):
    rng = np.random.default_rng(1)
    best = found.scores["s_logistic"]
    little, much = (best + noise * rng.standard_normal(best.shape) for noise in (0.001, 0.08))
    response = {RESPONSE: found.scores[RESPONSE]}
    near = select(replace(found, scores=response | {"a": little, "b": best}), 1, 0.01, 0.05)
    far = select(replace(found, scores=response | {"a": much, "b": best}), 1, 0.01, 0.05)
    assert (near.learner, far.learner) == ("a", "b")


def test_a_harm_to_all_is_something():
    rows = draw_rows(3000, 4, effect=0.0)
    harmed = replace(rows, y=rows.y * ~(rows.contacted & (np.arange(3000) % 2 == 0)))
    chosen = fit_uplift(harmed, 1, CONFIG).selection
    assert chosen.verdict != "none"
    assert chosen.average.high < 0


def test_scores_that_say_nothing_rank_nobody(found: OutOfFold):
    flat = replace(found, scores={n: np.zeros(found.part.shape) for n in found.scores})
    for m in measure_all(flat):
        assert m.gain.value == pytest.approx(0.0, abs=1e-12)
        assert m.qini.value == pytest.approx(0.0, abs=1e-12)
    assert select(flat, 1, 0.01, 0.05).verdict == "response", "the average effect is still there"


def test_the_tested_qini_is_the_qini(found: OutOfFold):
    for m in measure_all(found):
        assert m.gain.value == pytest.approx(m.qini.value, abs=0.02)
        assert m.gain.low < m.gain.value < m.gain.high
        assert m.uplift_at_30.low < m.uplift_at_30.high


def test_nobody_is_scored_by_a_model_that_saw_them():
    trial, seen = as_trial(draw_rows(1000, 1)), []

    def rank(known, seed):
        seen.append(set(known.customer.tolist()))
        return lambda x: np.full(len(x), float(len(seen) - 1))

    told = cross_fit(trial, {"a": rank}, folds=4, repeats=2, seed=1).scores["a"]
    for scores in told:
        for model, customer in zip(scores.astype(int), trial.customer, strict=True):
            assert customer not in seen[model]


def test_folds_that_share_their_rows_tell_less():
    values = np.random.default_rng(1).standard_normal(20)
    figure = over_folds(values, 10)
    assert figure.error == pytest.approx(values.std(ddof=1) * np.sqrt(1 / 20 + 1 / 9))
    assert figure.low < figure.value < figure.high


def test_rows_of_one_customer_tell_less_than_of_many(found: OutOfFold):
    pairs = replace(found, trial=replace(found.trial, customer=found.trial.customer // 2))
    parts = np.repeat(np.random.default_rng(1).standard_normal(2000), 2)
    assert pairs.figure(parts).error > 1.3 * found.figure(parts).error


def test_doubly_robust_scores_are_the_effect_in_the_mean_of_any_group():
    trial = as_trial(draw_rows(20_000, 6, odds="skewed"))
    scores = out_of_fold_scores(trial, 1)
    truth = true_uplift(draw_rows(20_000, 6, odds="skewed"))
    for group in (trial.x[:, 1] == 1, trial.x[:, 1] == 0):
        part = np.average(scores[group], weights=trial.weight[group])
        assert part == pytest.approx(truth[group].mean(), abs=0.03)


def test_calibration_puts_a_model_on_scale_but_never_turns_it_round():
    trial = as_trial(draw_rows(20_000, 7))
    truth, scores = true_uplift(draw_rows(20_000, 7)), out_of_fold_scores(trial, 1)
    base, slope, centre, of_base, of_slope = calibration(2.0 * truth + 0.3, scores, trial)
    assert slope == pytest.approx(0.5, abs=0.1)
    assert base == pytest.approx(truth.mean(), abs=0.02)
    assert centre == pytest.approx(2 * truth.mean() + 0.3, abs=1e-9)
    assert min(of_base, of_slope) > 0
    assert calibration(-truth, scores, trial)[1] == 0.0
    assert calibration(np.full(20_000, 0.1), scores, trial)[1] == 1.0
    some = np.where(np.arange(20_000) % 2, truth, np.nan)
    assert np.isfinite(calibration(some, scores, trial)).all()


def test_the_same_seed_chooses_the_same():
    rows = draw_rows(1500, 8)
    one, other = (fit_uplift(rows, 5, CONFIG).selection for _ in range(2))
    assert one == other


def test_too_small_an_experiment_is_refused():
    with pytest.raises(TooFewRowsError):
        fit_uplift(draw_rows(150, 1), 1, CONFIG)


def test_a_ranking_by_trees_needs_no_interval():
    trial = as_trial(draw_rows(1000, 1))
    assert rank_by("t_trees")(trial, 1)(trial.x).shape == (1000,)
