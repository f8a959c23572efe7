"""The customer models of a bundle: churn, and response by campaign type.

They read no protected column: a price may hang on what they say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from bundle.models import ScoringModel
from decisioning.policy import DAY
from features.definitions import UNPROTECTED
from training.models.classifier import Examples, fit_calibration, fit_classifier
from training.models.labels import CHURN_DAYS, LabelledRows, churn_rows, response_rows
from training.models.metrics import Estimate, measure

Floats = NDArray[np.float64]
RECENCY = "days_since_last_purchase"
MIN_RESPONSES = 40
"""Fewer responses than this before the calibration period make no model: the prior stands."""


@dataclass(frozen=True)
class FittedModel:
    """A model and what was measured on later rows.

    Parameters
    ----------
    metrics
        By measure.
    baseline
        The same for what an analyst would do first: recency alone for churn, the base rate
        for a response.
    y, p
        Outcomes and probabilities of the test rows, for the pictures.
    """

    model: ScoringModel
    metrics: Mapping[str, Estimate]
    baseline: Mapping[str, Estimate]
    y: Floats
    p: Floats


def fit_churn(
    con: duckdb.DuckDBPyConnection, as_of: int, *, honour_consents: bool, seed: int
) -> FittedModel | None:
    """Fit churn: no purchase in the next 30 days.

    Trained on three older moments, calibrated on a later one, tested on the last whose outcome
    window is complete; no outcome window reaches into the next period's.
    Returns None when the history is too short to do so.
    """
    window = CHURN_DAYS * DAY
    moments = [as_of - k * window for k in (5, 4, 3, 2, 1)]
    rows = churn_rows(con, moments, honour_consents=honour_consents)
    at = rows.frame["as_of"].to_numpy()
    train = rows.examples(UNPROTECTED, np.isin(at, moments[:3]))
    calibrate = rows.examples(UNPROTECTED, at == moments[3])
    test = rows.examples(UNPROTECTED, at == moments[4])
    if min(_least(part) for part in (train, calibrate, test)) < MIN_RESPONSES:
        return None
    model = fit_classifier(train, calibrate, UNPROTECTED, rounds=120, seed=seed)
    recency = UNPROTECTED.index(RECENCY)
    # Recency alone, calibrated on the same rows: the rule of thumb at its best.
    table = fit_calibration(calibrate.x[:, recency], calibrate.y)
    return _tested(model, test, table.apply(test.x[:, recency]).mean, seed)


def fit_responses(
    con: duckdb.DuckDBPyConnection, as_of: int, *, honour_consents: bool, seed: int
) -> dict[str, FittedModel]:
    """Fit response (redeemed or not, given targeted), one model per action.

    Campaigns are split in time: the first half trains, the next quarter calibrates, the last
    tests. An action with too few responses gets no model.
    """
    rows = response_rows(con, as_of, honour_consents=honour_consents)
    fitted = {}
    for action in sorted(rows.frame["action_id"].unique()):
        model = _fit_response(rows, str(action), seed)
        if model is not None:
            fitted[str(action)] = model
    return fitted


def _fit_response(rows: LabelledRows, action: str, seed: int) -> FittedModel | None:
    mine = (rows.frame["action_id"] == action).to_numpy()
    at = rows.frame["as_of"].to_numpy()
    train_until, calibrate_until = _split(at[mine])
    train = rows.examples(UNPROTECTED, mine & (at < train_until))
    calibrate = rows.examples(UNPROTECTED, mine & (at >= train_until) & (at < calibrate_until))
    test = rows.examples(UNPROTECTED, mine & (at >= calibrate_until))
    if _least(train) < MIN_RESPONSES or min(_least(calibrate), _least(test)) < 10:
        return None
    model = fit_classifier(train, calibrate, UNPROTECTED, rounds=60, seed=seed)
    base = np.full(len(test), float(calibrate.y.mean()))
    return _tested(model, test, base, seed)


def _split(moments: NDArray[np.int64]) -> tuple[int, int]:
    """Return the moments that end training and calibration, at half and three quarters."""
    return int(np.quantile(moments, 0.5)), int(np.quantile(moments, 0.75))


def _tested(model: ScoringModel, test: Examples, baseline: Floats, seed: int) -> FittedModel:
    everything = np.arange(test.x.shape[1])
    p = model.score(test.x, everything).mean
    scored = ~np.isnan(p)
    return FittedModel(
        model,
        measure(test.y[scored], p[scored], seed),
        measure(test.y[scored], baseline[scored], seed),
        test.y[scored],
        p[scored],
    )


def _least(part: Examples) -> int:
    """Return how often the rarer outcome occurs."""
    return int(min(part.y.sum(), len(part) - part.y.sum())) if len(part) else 0


def flat_metrics(fitted: Mapping[str, FittedModel]) -> dict[str, float]:
    """Name every figure and bound for MLflow and the manifest."""
    flat: dict[str, float] = {}
    for name, model in fitted.items():
        for prefix, estimates in ((name, model.metrics), (f"{name}_baseline", model.baseline)):
            flat |= flat_estimates(prefix, estimates)
    return flat


def flat_estimates(prefix: str, estimates: Mapping[str, Estimate]) -> dict[str, float]:
    """Name value, bounds and n of each estimate, leaving out what is not finite."""
    flat: dict[str, float] = {}
    for measure_name, e in estimates.items():
        figures: Sequence[tuple[str, float]] = (
            ("", e.value),
            ("_low", e.low),
            ("_high", e.high),
            ("_n", float(e.n)),
        )
        flat |= {f"{prefix}_{measure_name}{suffix}": v for suffix, v in figures if np.isfinite(v)}
    return flat
