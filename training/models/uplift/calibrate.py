"""Put a model's uplifts on the scale that rows not fitted on show."""

from dataclasses import replace
from typing import Final

import numpy as np

from bundle.uplift_trees import TreeUplift
from decisioning.customers.uplift import LinearUplift
from training.models.contract import Floats, Integers
from training.models.uplift.trial import Trial

UpliftModel = LinearUplift | TreeUplift

SLOPE_DEVIATION: Final = 0.25
"""Of the prior of the slope, whose mean is 1: the model is believed until rows say otherwise."""


def calibration(raw: Floats, scores: Floats, trial: Trial) -> Floats:
    """Fit base and slope of the best linear predictor, float64 (5,).

    Doubly robust scores are regressed on what the model said (Chernozhukov et al. 2018, section
    3). An experiment tells a slope badly, so it is shrunk to 1, and never turns the ranking round.

    Parameters
    ----------
    raw
        float64 (n,): what models that did not see the rows said of them; NaN for nothing.
    scores
        float64 (n,), of `scores.dr_scores`.
    """
    told = ~np.isnan(raw)
    weight, y, customer = trial.weight[told], scores[told], trial.customer[told]
    centre = float(np.average(raw[told], weights=weight))
    away = raw[told] - centre
    base = float(np.average(y, weights=weight))
    of_base = _variance(weight * (y - base), customer) / float(weight.sum()) ** 2
    squares = float(weight @ away**2)
    if squares <= 1e-12 * float(weight.sum()):
        return np.array([base, 1.0, centre, of_base, 0.0])
    slope = float(weight @ (away * (y - base))) / squares
    left = weight * away * (y - base - slope * away)
    of_slope = _variance(left, customer) / squares**2
    believed = 1.0 / SLOPE_DEVIATION**2
    variance = 1.0 / (1.0 / of_slope + believed) if of_slope else 0.0
    shrunk = variance * (slope / of_slope + believed) if of_slope else slope
    return np.array([base, max(shrunk, 0.0), centre, of_base, variance])


def recalibrated(model: UpliftModel, raw: Floats, scores: Floats, trial: Trial) -> UpliftModel:
    """Return a model on the scale of `calibration`, of which the parameters are."""
    return replace(model, calibration=calibration(raw, scores, trial))


def _variance(parts: Floats, customer: Integers) -> float:
    """Return the variance of a sum of parts, those of one customer depending on one another."""
    _, code = np.unique(customer, return_inverse=True)
    return float((np.bincount(code, parts) ** 2).sum())
