"""Satisfaction is inferred where answers bear it, and dropped with a reason where they do not."""

from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from bundle.customer_models import read_model, write_model
from bundle.reasons import explain
from decisioning.policy import DAY
from features.definitions import FEATURES, UNPROTECTED
from features.phrases.table import said
from training.models.contract import TooFewRowsError
from training.models.labels.answers import QUESTIONS
from training.models.labels.rows import LabelledRows
from training.models.labels.windows import Moments, Spacing
from training.models.satisfaction import LIVED
from training.models.task_fitting import fit_task
from training.models.tasks import CustomerModelsConfig, Task, tasks
from training.models.views import Views

END = 20_000 * DAY
CONFIG = CustomerModelsConfig(spacing=Spacing(train=3), columns=LIVED, categories=0)
N = 300


class MadeViews(Views):
    """The same customers at every moment; trouble with the service comes and goes."""

    def __init__(self) -> None:
        super().__init__(duckdb.connect(), honour_consents=True)

    def of(self, moments: Moments) -> pd.DataFrame:
        return pd.concat([self._drawn(m) for m in moments.every], ignore_index=True)

    def day_before(self, moment: int) -> pd.DataFrame:
        return self._drawn(moment).assign(as_of=moment - DAY)

    def _drawn(self, moment: int) -> pd.DataFrame:
        rng = np.random.default_rng(moment // DAY)
        frame = pd.DataFrame(rng.normal(size=(N, len(LIVED))), columns=list(LIVED))
        frame["unresolved_contacts"] = rng.poisson(0.7, N).astype(float)
        frame["last_satisfaction"] = np.where(rng.random(N) < 0.4, np.nan, rng.random(N))
        return frame.assign(customer_id=[f"c{k:03d}" for k in range(N)], as_of=moment)


def asked(effect: float) -> Task:
    """The task of NPS, with answers that hang on open problems with the service."""

    def label(_: object, view: pd.DataFrame, moments: Moments) -> LabelledRows:
        odds = effect * (view["unresolved_contacts"] - 0.7)
        drawn = np.random.default_rng(3).random(len(view))
        return LabelledRows(view.assign(label=(drawn < 1 / (1 + np.exp(-odds))).astype(float)))

    estimator = CONFIG.satisfaction_estimator
    return Task("nps_detractor", 60, label, estimator, above_chance=True)


def test_what_is_inferred_is_calibrated_explained_and_kept_in_a_bundle(tmp_path: Path) -> None:
    fitted = fit_task(MadeViews(), asked(2.0), END, CONFIG, 7)
    assert fitted.metrics["auc"].low > 0.6
    assert fitted.metrics["brier"].high < fitted.baseline["brier"].value
    assert (fitted.low < fitted.p).all()
    assert (fitted.p < fitted.high).all()
    assert fitted.model.columns == LIVED
    write_model(tmp_path, "nps_detractor", fitted.model)
    read = read_model(tmp_path, "nps_detractor")
    np.testing.assert_array_equal(read.predict(fitted.test.x).mean, fitted.p)
    worst = fitted.test.x[[int(np.argmax(fitted.p))]]
    (reasons,) = explain(fitted.model, worst)
    assert reasons[0].column == "unresolved_contacts"
    assert reasons[0].effect > 0
    assert "problem" in reasons[0].en
    assert "problème" in reasons[0].fr


def test_answers_that_hang_on_nothing_known_make_no_model() -> None:
    with pytest.raises(TooFewRowsError, match=r"no better than chance: AUC 0\.\d\d \["):
        fit_task(MadeViews(), asked(0.0), END, CONFIG, 7)
    harmless = replace(asked(0.0), above_chance=False)
    assert fit_task(MadeViews(), harmless, END, CONFIG, 7).metrics["auc"].low <= 0.5


def test_who_a_customer_is_makes_nobody_unhappy() -> None:
    """Nothing declared or bought from others is an input, and nothing protected."""
    assert set(LIVED) <= set(UNPROTECTED)
    source = {f.name: f.source for f in FEATURES}
    assert not {source[name] for name in LIVED} & {"customers", "third_party"}


def test_what_was_lived_is_told_in_either_language() -> None:
    """A reason in the registry's English on a French screen helps nobody."""
    may_be_null = {f.name: bool(f.null_means) for f in FEATURES}
    for name in LIVED:
        for value in (0.5, np.nan) if may_be_null[name] else (0.5,):
            words = {said(name, {name: value}, language) for language in ("en", "fr")}
            assert len(words) == 2, f"{name}: {words}"


def test_a_question_that_was_asked_too_seldom_is_no_task() -> None:
    con = duckdb.connect()
    con.execute("create table feedback (metric varchar, score int, answered_at bigint)")
    con.execute("create table purchases (customer_id varchar, item_id varchar, purchased_at bigint,"
                " amount double)")  # fmt: skip
    con.execute("create table products (item_id varchar, category_path varchar)")
    scores = ", ".join(f"('nps', {9 * (k % 2)}, {k})" for k in range(120))
    con.execute(f"insert into feedback values {scores}, ('csat', 1, 5)")
    named = [task.name for task in tasks(con, END, CONFIG)]
    assert named == ["churn", "service_contact", QUESTIONS[0].model]
