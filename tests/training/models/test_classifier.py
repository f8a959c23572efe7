"""Both classifiers do what every estimator must, and what is their own."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from bundle.customer_models import read_model, write_model
from decisioning.estimates import CustomerModel
from tests.training.models.suite import EstimatorSuite
from training.models.classifier import BoostedClassifier, LogisticClassifier
from training.models.contract import Estimator, Rows, TooFewRowsError

COLUMNS = ("a", "b", "c")


def drawn(n: int, seed: int, columns: tuple[str, ...] = COLUMNS) -> Rows:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, len(columns)))
    y = (rng.random(n) < expit(2.0 * x[:, 0] - x[:, 1])).astype(np.float64)
    x[:: max(1, n // 20), 2] = np.nan
    return Rows(columns, x, y, np.arange(n), np.full(n, seed, dtype=np.int64))


class ClassifierSuite(EstimatorSuite):
    def rows(self, n: int, seed: int) -> Rows:
        return drawn(n, seed)

    def truth(self, rows: Rows) -> np.ndarray:
        return expit(2.0 * rows.x[:, 0] - rows.x[:, 1])

    def saved_and_read(self, model: Any, folder: Path) -> CustomerModel:
        write_model(folder, "m", model)
        read: CustomerModel = read_model(folder, "m")
        return read

    def test_says_probabilities(self, fitted: CustomerModel) -> None:
        said = fitted.predict(self.rows(3000, 10).x).mean
        y = self.rows(3000, 10).y
        assert ((said > 0) & (said < 1)).all()
        assert said.mean() == pytest.approx(y.mean(), abs=0.03)
        assert roc_auc_score(y, said) > 0.8


class TestBoosted(ClassifierSuite):
    def estimator(self) -> Estimator[Any]:
        return BoostedClassifier(rounds=60)

    def test_only_the_telling_columns_are_read(self) -> None:
        columns = tuple(f"x{k}" for k in range(8))
        model = BoostedClassifier(rounds=20, columns=2).fit(
            drawn(1500, 1, columns), drawn(800, 2, columns), seed=1
        )
        assert model.columns == ("x0", "x1")
        assert model.trees.columns == list(model.columns)


class TestLogistic(ClassifierSuite):
    def estimator(self) -> Estimator[Any]:
        return LogisticClassifier(penalty=1.0, hinges=True)

    def test_reads_the_columns_it_is_told_to(self) -> None:
        model = LogisticClassifier(columns=("b",)).fit(drawn(800, 1), drawn(800, 2), seed=1)
        assert model.columns == ("b",)


def test_the_message_says_which_part_lacks_what() -> None:
    train, later = drawn(900, 1), drawn(900, 2)
    with pytest.raises(TooFewRowsError, match=r"to calibrate: 5, of which \d"):
        BoostedClassifier().fit(train, later.take(np.arange(5)), seed=1)
    with pytest.raises(TooFewRowsError, match="to train: 7"):
        LogisticClassifier().fit(train.take(np.arange(7)), later, seed=1)
