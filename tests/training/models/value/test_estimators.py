"""Every estimator of value does what estimators must, and gets totals and intervals right."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bundle.customer_models import read_model, write_model
from decisioning.estimates import CustomerModel
from tests.training.models.suite import EstimatorSuite
from tests.training.models.value.customers import COLUMNS, lived
from training.models.contract import Estimator, Rows, TooFewRowsError
from training.models.value.correction import Trees
from training.models.value.estimators import (
    BuyTillYouDieValue,
    CorrectedBuyTillYouDie,
    PastSpend,
)

_LIVED: dict[tuple[int, int], tuple[Rows, np.ndarray]] = {}


def drawn(n: int, seed: int) -> tuple[Rows, np.ndarray]:
    if (n, seed) not in _LIVED:
        _LIVED[n, seed] = lived(n, seed)
    rows, truth = _LIVED[n, seed]
    return rows.take(np.arange(n)), truth


class ValueSuite(EstimatorSuite):
    size = 800
    read: tuple[str, ...] = COLUMNS

    def rows(self, n: int, seed: int) -> Rows:
        return drawn(n, seed)[0].select(self.read)

    def truth(self, rows: Rows) -> np.ndarray:
        return drawn(len(rows), int(rows.as_of[0]))[1]

    def saved_and_read(self, model: Any, folder: Path) -> CustomerModel:
        write_model(folder, "value", model)
        read: CustomerModel = read_model(folder, "value")
        return read

    def test_later_totals_are_right_and_later_intervals_hold(self, fitted: CustomerModel) -> None:
        rows = self.rows(self.size, 9).select(fitted.columns)
        said = fitted.predict(rows.x)
        assert said.mean.sum() == pytest.approx(rows.y.sum(), rel=0.15)
        covered = np.mean((said.low <= rows.y) & (rows.y <= said.high))
        assert 0.85 <= covered <= 0.96


class TestBuyTillYouDie(ValueSuite):
    read = COLUMNS[:5]

    def estimator(self) -> Estimator[Any]:
        return BuyTillYouDieValue(90.0)


class TestHabit(TestBuyTillYouDie):
    def estimator(self) -> Estimator[Any]:
        return BuyTillYouDieValue(90.0, habit=0.5)


class TestCorrected(ValueSuite):
    def estimator(self) -> Estimator[Any]:
        return CorrectedBuyTillYouDie(BuyTillYouDieValue(90.0, habit=0.5), Trees(20, 4))


class TestSpendOverTime(ValueSuite):
    read = ("spend_total", "customer_age_days")

    def estimator(self) -> Estimator[Any]:
        return PastSpend("over time", *self.read)


class TestSpendOf90Days(ValueSuite):
    read = ("spend_90d",)

    def estimator(self) -> Estimator[Any]:
        return PastSpend("90 days", "spend_90d", least_days=90.0)

    def test_a_null_input_is_scored(self, fitted: CustomerModel) -> None:
        """Its only input: a row without it is one of nothing."""
        assert np.isnan(fitted.predict(np.array([[np.nan]])).mean).all()


def test_a_season_that_training_never_saw_is_learned_of_later_rows() -> None:
    later, _ = lived(1000, 2, season=1.6)
    model = BuyTillYouDieValue(90.0).fit(drawn(800, 1)[0], later, seed=7)
    assert model.scale == pytest.approx(1.6, rel=0.2)
    said = model.predict(later.select(model.columns).x).mean
    assert said.sum() == pytest.approx(later.y.sum(), rel=1e-6)


def test_strangers_get_what_strangers_went_on_to_spend() -> None:
    train, later = drawn(800, 1)[0], drawn(800, 2)[0]
    x, y = train.x.copy(), train.y.copy()
    x[:200, :5], y[:200] = np.nan, 700.0
    odd = Rows(train.columns, x, y, train.customer, train.as_of)
    model = CorrectedBuyTillYouDie(trees=Trees(10)).fit(odd, later, seed=7)
    row = np.array([[np.nan] * 5 + [0.3]])
    assert model.predict(row).mean[0] == 700.0


def test_the_correction_reads_what_the_histories_do_not_say() -> None:
    def told(seed: int) -> Rows:
        rows, _ = drawn(800, seed)
        doubled = np.where(rows.x[:, 5] > 0, 2.0, 0.5)
        return Rows(rows.columns, rows.x, rows.y * doubled, rows.customer, rows.as_of)

    model = CorrectedBuyTillYouDie().fit(told(1), told(2), seed=7)
    x = told(9).x
    above, below = x.copy(), x.copy()
    above[:, 5], below[:, 5] = 1.0, -1.0
    ratio = model.predict(above).mean.sum() / model.predict(below).mean.sum()
    assert 2.0 < ratio < 6.0


def test_a_column_that_is_null_for_all_makes_no_rule() -> None:
    train, later = drawn(800, 1)[0], drawn(800, 2)[0]
    x = later.x.copy()
    x[:, COLUMNS.index("spend_90d")] = np.nan
    empty = Rows(later.columns, x, later.y, later.customer, later.as_of)
    with pytest.raises(TooFewRowsError, match="0 later rows"):
        PastSpend("90 days", "spend_90d").fit(train, empty, seed=7)
