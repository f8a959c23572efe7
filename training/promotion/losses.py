"""What one row's prediction costs, so that two versions can be paired row by row."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_CLOSEST: Final = 1e-6
"""A probability said to be 0 or 1 and proved wrong would cost the world."""


def log_losses(y: Floats, p: Floats) -> Floats:
    """Negative log likelihood of each outcome 0 or 1 (Good 1952), nats; float64 (rows,)."""
    p = np.clip(p, _CLOSEST, 1 - _CLOSEST)
    return -(y * np.log(p) + (1 - y) * np.log1p(-p))


def relative_errors(y: Floats, said: Floats, reference: Floats) -> Floats:
    """Squared error of each row over the mean squared error of a reference; float64 (rows,).

    So the reference itself has a mean of 1, and a gain of 0.05 is 5 % of its error, whatever the
    unit of ``y``.
    """
    scale = float(np.mean((y - reference) ** 2)) if y.size else 0.0
    return np.asarray((y - said) ** 2 / scale) if scale > 0 else np.zeros(y.size)
