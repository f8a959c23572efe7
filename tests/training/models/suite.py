"""What every estimator of a customer model must do; inherited by one test class an estimator."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from decisioning.estimates import CustomerModel
from training.models.contract import Estimator, Rows, TooFewRowsError


class EstimatorSuite:
    """Inherit, and say what to fit, on what, and how it is saved."""

    def estimator(self) -> Estimator[Any]:
        """Return the estimator under test."""
        raise NotImplementedError

    def rows(self, n: int, seed: int) -> Rows:
        """Return n labelled rows with a signal that the estimator must find."""
        raise NotImplementedError

    def truth(self, rows: Rows) -> np.ndarray:
        """Return what a perfect model would say of rows drawn by `rows`, any scale."""
        raise NotImplementedError

    def saved_and_read(self, model: Any, folder: Path) -> CustomerModel:
        """Write the model as a bundle does, and read it back."""
        raise NotImplementedError

    size = 2000

    @pytest.fixture(scope="class")
    @classmethod
    def fitted(cls) -> CustomerModel:
        suite = cls()
        model: CustomerModel = suite.estimator().fit(
            suite.rows(cls.size, 1), suite.rows(cls.size, 2), seed=7
        )
        return model

    def test_finds_the_signal(self, fitted: CustomerModel) -> None:
        rows = self.rows(self.size, 3)
        said = fitted.predict(rows.x).mean
        assert np.corrcoef(said, self.truth(rows))[0, 1] > 0.5

    def test_interval_holds_the_mean(self, fitted: CustomerModel) -> None:
        said = fitted.predict(self.rows(300, 4).x)
        assert (said.low <= said.mean).all()
        assert (said.mean <= said.high).all()
        assert (said.low < said.high).any()

    def test_one_row_is_scored_as_in_a_batch(self, fitted: CustomerModel) -> None:
        x = self.rows(130, 5).x
        batch = fitted.predict(x)
        for k in range(0, 130, 13):
            one = fitted.predict(x[k : k + 1])
            assert one.mean[0] == batch.mean[k]
            assert one.low[0] == batch.low[k]
            assert one.high[0] == batch.high[k]

    def test_the_same_rows_and_seed_give_the_same_model(self, fitted: CustomerModel) -> None:
        again = self.estimator().fit(self.rows(self.size, 1), self.rows(self.size, 2), seed=7)
        x = self.rows(200, 6).x
        np.testing.assert_array_equal(again.predict(x).mean, fitted.predict(x).mean)
        np.testing.assert_array_equal(again.predict(x).high, fitted.predict(x).high)

    def test_saved_and_read_it_says_the_same(self, fitted: CustomerModel, tmp_path: Path) -> None:
        read = self.saved_and_read(fitted, tmp_path)
        x = self.rows(200, 6).x
        x[3, 0] = np.nan
        assert read.columns == fitted.columns
        np.testing.assert_array_equal(read.predict(x).mean, fitted.predict(x).mean)
        np.testing.assert_array_equal(read.predict(x).low, fitted.predict(x).low)

    def test_a_row_of_nothing_is_not_scored(self, fitted: CustomerModel) -> None:
        x = self.rows(3, 8).x
        x[1] = np.nan
        said = fitted.predict(x)
        assert np.isnan([said.mean[1], said.low[1], said.high[1]]).all()
        assert not np.isnan(said.mean[[0, 2]]).any()

    def test_a_null_input_is_scored(self, fitted: CustomerModel) -> None:
        x = self.rows(50, 9).x
        x[:, 0] = np.nan
        assert np.isfinite(fitted.predict(x).mean).all()

    def test_no_rows_give_no_scores(self, fitted: CustomerModel) -> None:
        assert fitted.predict(np.empty((0, len(fitted.columns)))).mean.shape == (0,)

    def test_training_leaves_its_rows_alone(self) -> None:
        train, later = self.rows(self.size, 1), self.rows(self.size, 2)
        before = train.x.copy(), train.y.copy(), later.x.copy()
        self.estimator().fit(train, later, seed=7)
        for was, now in zip(before, (train.x, train.y, later.x), strict=True):
            np.testing.assert_array_equal(was, now)

    @pytest.mark.parametrize("n", [0, 3])
    def test_too_few_rows_are_refused(self, n: int) -> None:
        rows = self.rows(self.size, 1)
        few = rows.take(np.arange(n))
        with pytest.raises(TooFewRowsError, match=r"\d"):
            self.estimator().fit(few, few, seed=7)

    def test_one_outcome_alone_is_refused(self) -> None:
        rows = self.rows(self.size, 1)
        flat = replace(rows, y=np.zeros(len(rows)))
        with pytest.raises(TooFewRowsError):
            self.estimator().fit(flat, flat, seed=7)
