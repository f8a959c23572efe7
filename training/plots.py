"""Pictures that a person would look at, drawn from plain arrays."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve

from training.models.metrics import Estimate
from training.recommender.beyond import DECILES, PopularityBias

mpl.use("Agg")  # no screen on a server
Floats = NDArray[np.float64]


def calibration_plot(y: Floats, p: Floats, title: str, bins: int = 10) -> Figure:
    """Draw observed against predicted rates, by tenths of the predictions."""
    order = np.argsort(p, kind="stable")
    parts = [part for part in np.array_split(order, bins) if part.size]
    predicted = [p[part].mean() for part in parts]
    observed = np.array([y[part].mean() for part in parts])
    error = [
        1.96 * np.sqrt(o * (1 - o) / part.size) for o, part in zip(observed, parts, strict=True)
    ]
    figure, axes = axes_of(title, "predicted", "observed")
    axes.errorbar(predicted, observed, yerr=error, fmt="o-", capsize=3)
    top = max(*predicted, *observed, 1e-6)
    axes.plot([0, top], [0, top], "--", color="grey")
    return figure


def lift_plot(y: Floats, p: Floats, title: str) -> Figure:
    """Draw the share of responses found against the share of customers contacted."""
    order = np.argsort(-p, kind="stable")
    gain = np.cumsum(y[order]) / y.sum()
    share = np.arange(1, y.size + 1) / y.size
    figure, axes = axes_of(title, "share of customers, highest score first", "share of responses")
    axes.plot(share, gain)
    axes.plot([0, 1], [0, 1], "--", color="grey")
    return figure


def precision_recall_plot(y: Floats, p: Floats, title: str) -> Figure:
    """Draw precision against recall, with the base rate."""
    precision, recall, _ = precision_recall_curve(y, p)
    figure, axes = axes_of(title, "recall", "precision")
    axes.plot(recall, precision)
    axes.axhline(y.mean(), linestyle="--", color="grey")
    return figure


def activity_plot(
    ndcg: Mapping[str, Floats], orders: Floats, title: str, groups: int = 5
) -> Figure:
    """Draw NDCG@10 by customer activity.

    Parameters
    ----------
    ndcg
        By scorer, float64 (customers,).
    orders
        Orders of each customer before the cut, float64 (customers,).
    """
    edges = np.quantile(orders, np.linspace(0, 1, groups + 1))
    group = np.clip(np.searchsorted(edges, orders, side="right") - 1, 0, groups - 1)
    labels = [f"{int(a)}-{int(b)}" for a, b in pairwise(edges)]
    figure, axes = axes_of(title, "orders before the cut", "NDCG@10")
    for name, values in ndcg.items():
        means = [values[group == g].mean() if (group == g).any() else np.nan for g in range(groups)]
        axes.plot(labels, means, "o-", label=name)
    axes.legend()
    return figure


def comparison_plot(estimates: Mapping[str, Estimate], title: str) -> Figure:
    """Draw scorers side by side with their intervals."""
    names = list(estimates)
    values = np.array([estimates[n].value for n in names])
    low = np.array([estimates[n].low for n in names])
    high = np.array([estimates[n].high for n in names])
    figure, axes = axes_of(title, "NDCG@10", "")
    axes.barh(_positions(names), values, xerr=[values - low, high - values], capsize=3)
    axes.set_yticks(_positions(names), names)
    axes.invert_yaxis()
    return figure


def popularity_plot(bias: Mapping[str, PopularityBias], title: str) -> Figure:
    """Draw how often each tenth of the catalogue is shown, the most bought first, by scorer."""
    figure, axes = axes_of(title, "tenth of the catalogue, the most bought first", "share")
    tenths = [str(k + 1) for k in range(DECILES)]
    for name, found in bias.items():
        axes.plot(tenths, found.recommended, "o-", label=name)
    for found in list(bias.values())[:1]:
        axes.plot(tenths, found.bought, "--", color="grey", label="purchases")
    axes.legend()
    return figure


def _positions(names: Sequence[str]) -> list[int]:
    return list(range(len(names)))


def axes_of(title: str, x: str, y: str) -> tuple[Figure, mpl.axes.Axes]:
    """Return an empty figure with its axes named."""
    # Figure() rather than pyplot: pyplot keeps every figure alive for the life of the process.
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    axes.set(title=title, xlabel=x, ylabel=y)
    axes.grid(alpha=0.3)
    return figure, axes
