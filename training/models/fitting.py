"""One customer model: fitted, calibrated, and held against later rows and simpler models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bundle.models import Classifier, ScoringModel
from decisioning.calibration import CalibrationCurve
from training.models.calibration import fit_steps
from training.models.classifier import MIN_LATER, LogisticClassifier, least_of
from training.models.contract import Estimator, Rows, TooFewRowsError
from training.models.labels.rows import LabelledRows
from training.models.metrics import Estimate, flat_estimates, measure, paired_gain

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
RECENCY = "days_since_last_purchase"
RFM = (RECENCY, "orders_365d", "spend_365d")
RFM_LOGISTIC = LogisticClassifier(penalty=1.0, hinges=True, columns=RFM, name="rfm")
"""Recency, frequency and amount, each a linear spline: an analyst's first regression."""


@dataclass(frozen=True)
class Rival:
    """What somebody would do without this model, on the same test rows.

    Parameters
    ----------
    p
        float64 (rows,): its probabilities.
    metrics
        By measure.
    gain
        By how much the model's AUC exceeds its own: paired, 95 %; None where one outcome occurs.
    """

    p: Floats
    metrics: Mapping[str, Estimate]
    gain: Estimate | None


@dataclass(frozen=True)
class FittedModel:
    """A model and what was measured on later rows.

    Parameters
    ----------
    metrics
        By measure.
    baseline
        The same for what an analyst would do first: recency alone for churn, the base rate
        elsewhere.
    y, p
        Outcomes and probabilities of the test rows, for the pictures.
    test
        Those rows.
    customers
        Strings (rows,): their customer ids.
    low, high, baseline_p
        float64 (rows,): the 90 % interval of ``p``, and what the baseline says.
    rivals
        Other simpler models, by name.
    """

    model: Classifier
    metrics: Mapping[str, Estimate]
    baseline: Mapping[str, Estimate]
    y: Floats
    p: Floats
    test: Rows
    customers: NDArray[np.str_]
    low: Floats
    high: Floats
    baseline_p: Floats
    rivals: Mapping[str, Rival] = field(default_factory=dict)

    @property
    def calibration(self) -> str:
        """The method that the held-out rows chose."""
        if not isinstance(self.model.calibration, CalibrationCurve):
            return "isotonic"
        a, b, _ = self.model.calibration.coefficients
        return "platt" if a == b else "beta"

    @property
    def importance(self) -> dict[str, float]:
        """Share of the gain of all splits, by column; empty where there are no trees."""
        if not isinstance(self.model, ScoringModel):
            return {}
        gains = self.model.trees.gains()
        total = sum(gains.values()) or 1.0
        return {name: gain / total for name, gain in gains.items()}

    def flat(self, name: str) -> dict[str, float]:
        """Name every figure and bound for MLflow and the manifest."""
        flat = flat_estimates(name, self.metrics) | flat_estimates(
            f"{name}_baseline", self.baseline
        )
        for rival, told in self.rivals.items():
            flat |= flat_estimates(f"{name}_{rival}", told.metrics)
            if told.gain is not None:
                flat |= flat_estimates(f"{name}_over_{rival}", {"auc": told.gain})
        return flat


@dataclass(frozen=True)
class Parts:
    """The rows of a model by their part in it, and whose the test rows are."""

    train: Rows
    later: Rows
    test: Rows
    customers: NDArray[np.str_]

    @staticmethod
    def of(labelled: LabelledRows, columns: Sequence[str], masks: Sequence[Mask]) -> "Parts":
        """Cut labelled rows by the masks of the three parts."""
        train, later, test = (labelled.rows(columns, mask) for mask in masks)
        ids = labelled.frame["customer_id"].to_numpy(dtype=np.str_)[masks[2]]
        return Parts(train, later, test, ids)


def fit_tested(
    estimator: Estimator[Classifier],
    parts: Parts,
    seed: int,
    *,
    baseline: str = "",
    rivals: Sequence[Estimator[Classifier]] = (),
) -> FittedModel:
    """Fit a classifier and hold it against the test rows.

    Parameters
    ----------
    baseline
        The column that alone makes the baseline, calibrated on the later rows; empty for the
        base rate.
    rivals
        Simpler estimators, fitted on the same rows.

    Raises
    ------
    TooFewRowsError
        If a part lacks one of the outcomes.
    """
    if least_of(parts.test) < MIN_LATER:
        raise TooFewRowsError(
            f"too few rows to test: {len(parts.test)}, of which {least_of(parts.test)} of the "
            f"rarer outcome; {MIN_LATER} of it are needed"
        )
    model = estimator.fit(parts.train, parts.later, seed)
    said = model.predict(_inputs(model, parts.test))
    told = ~np.isnan(said.mean)
    test, p = parts.test.take(told), said.mean[told]
    plain = _baseline(parts.later, test, baseline)
    fitted = {each.name: each.fit(parts.train, parts.later, seed) for each in rivals}
    return FittedModel(
        model=model,
        metrics=measure(test.y, p, seed, customer=test.customer),
        baseline=measure(test.y, plain, seed, customer=test.customer),
        y=test.y,
        p=p,
        test=test,
        customers=parts.customers[told],
        low=said.low[told],
        high=said.high[told],
        baseline_p=plain,
        rivals={name: _rival(rival, test, p, seed) for name, rival in fitted.items()}
        | ({RECENCY: _compared(plain, test, p, seed)} if baseline == RECENCY else {}),
    )


def _baseline(later: Rows, test: Rows, column: str) -> Floats:
    if not column:
        return np.full(len(test), float(later.y.mean()))
    k = test.columns.index(column)
    # Calibrated on the same rows: the rule of thumb at its best.
    p = fit_steps(later.x[:, k], later.y).apply(test.x[:, k]).mean
    return np.where(np.isnan(p), later.y.mean(), p)


def _inputs(model: Classifier, rows: Rows) -> Floats:
    """Return the columns that a model reads; it may have dropped some of those offered."""
    return rows.select(model.columns).x


def _rival(rival: Classifier, test: Rows, p: Floats, seed: int) -> Rival:
    said = rival.predict(_inputs(rival, test)).mean
    return _compared(np.where(np.isnan(said), test.y.mean(), said), test, p, seed)


def _compared(other: Floats, test: Rows, p: Floats, seed: int) -> Rival:
    both = test.y.min() < test.y.max()
    return Rival(
        other,
        measure(test.y, other, seed, customer=test.customer),
        paired_gain(test.y, p, other, seed, customer=test.customer) if both else None,
    )


def flat_metrics(fitted: Mapping[str, FittedModel]) -> dict[str, float]:
    """Name every figure and bound for MLflow and the manifest."""
    flat: dict[str, float] = {}
    for name, model in fitted.items():
        flat |= model.flat(name)
    return flat
