"""The mean of a figure over people, most of whom did not answer."""

import numpy as np
from numpy.typing import NDArray

from training.experience.breakdown import stream
from training.experience.classes import scaled
from training.experience.inferred import Inference

Floats = NDArray[np.float64]


def mean_with_interval(
    inference: Inference, x: Floats, worth: Floats, told: Floats, seed: int
) -> tuple[float, float, float]:
    """Return the mean and its 95 % interval.

    The interval holds what is uncertain of the calibration (its answers are drawn again, by
    customer) and the chance in what each person would say. It does not hold the model's own
    training; nor that the silent may differ from those who answered in what no column shows.

    Parameters
    ----------
    inference
        With a model.
    x
        float64 (people, features): profiles of those inferred.
    worth
        float64 (classes,): what each class counts for, such as -100, 0, 100.
    told
        float64 (people,): what others said themselves, to be pooled in; empty for none.

    Raises
    ------
    ValueError
        If there is no model.
    """
    if inference.model is None:
        raise ValueError(f"no model of {inference.target.metric}: {inference.reason}")
    log_odds = inference.model.model.log_odds(x)
    said, total = float(told.sum()), len(x) + told.size
    rng = stream(seed, "population", inference.target.metric)
    drawn = []
    for scale in inference.redrawn:
        p = scaled(scale, log_odds)
        each = p @ worth
        chance = float(np.sqrt(np.sum(p @ worth**2 - each**2)))
        drawn.append((float(each.sum()) + rng.normal(0.0, chance) + said) / total)
    low, high = np.quantile(drawn, (0.025, 0.975))
    mean = (float((scaled(inference.model.scale, log_odds) @ worth).sum()) + said) / total
    return mean, float(low), float(high)
