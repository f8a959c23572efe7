"""Pictures of the evaluation page that a training run does not draw already."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from training.plots import axes_of

Floats = NDArray[np.float64]


def lift_bars(tenths: Sequence[tuple[float, float, float]], title: str) -> Figure:
    """Draw the lift of each tenth, the highest predictions first."""
    figure, axes = axes_of(title, "tenth of the customers, highest prediction first", "lift")
    axes.bar(range(1, len(tenths) + 1), [lift for _, _, lift in tenths])
    axes.axhline(1.0, linestyle="--", color="grey")
    return figure


def amounts_plot(tenths: Sequence[tuple[float, float, float]], title: str) -> Figure:
    """Draw what came against what was said, a point a tenth of the customers."""
    said, came, _ = (np.array(column) for column in zip(*tenths, strict=True))
    figure, axes = axes_of(title, "said, mean of a tenth", "came")
    axes.plot(said, came, "o-")
    top = float(max(said.max(), came.max()))
    axes.plot([0, top], [0, top], "--", color="grey")
    return figure


def importance_plot(columns: Sequence[tuple[str, float]], title: str) -> Figure:
    """Draw the share of the gain by column, the largest on top."""
    figure, axes = axes_of(title, "share of the gain of all splits", "")
    places = list(range(len(columns)))
    axes.barh(places, [share for _, share in columns])
    axes.set_yticks(places, [name for name, _ in columns])
    axes.invert_yaxis()
    return figure


def qini_plot(curves: Mapping[str, tuple[Floats, Floats]], title: str) -> Figure:
    """Draw Qini curves beside the line of contacts by lot.

    Parameters
    ----------
    curves
        By name, of `training.models.uplift.measures.qini_curve`: they end in one point.
    """
    figure, axes = axes_of(title, "share of customers, highest score first", "responses won")
    for name, (share, won) in curves.items():
        axes.plot(share, won, label=name)
    for _, won in list(curves.values())[:1]:
        axes.plot([0, 1], [0, float(won[-1])], "--", color="grey", label="random")
        axes.legend()
    return figure
