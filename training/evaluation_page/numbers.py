"""Numbers as the page writes them."""

import numpy as np

from training.models.metrics import Estimate


def number(value: float) -> str:
    """Return three decimals, none from a thousand on, nothing for NaN."""
    return "" if np.isnan(value) else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3f}"


def interval(estimate: Estimate) -> str:
    """Return a figure with its interval."""
    value, low, high = (number(v) for v in (estimate.value, estimate.low, estimate.high))
    return f"{value} [{low}, {high}]"
