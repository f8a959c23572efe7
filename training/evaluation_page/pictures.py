"""Pictures of the evaluation page that a training run does not draw already."""

from collections.abc import Sequence

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


def qini_plot(y: Floats, uplift: Floats, contacted: Floats, title: str) -> Figure:
    """Draw the Qini curve (Radcliffe 2007): responses won against the share contacted."""
    order = np.argsort(-uplift, kind="stable")
    drawn = contacted[order]
    n_contacted, n_held = np.cumsum(drawn), np.cumsum(1 - drawn)
    won = np.cumsum(y[order] * drawn)
    missed = np.cumsum(y[order] * (1 - drawn))
    scale = np.divide(n_contacted, n_held, out=np.zeros(y.size), where=n_held > 0)
    share = np.arange(1, y.size + 1) / max(y.size, 1)
    figure, axes = axes_of(title, "share of customers, highest uplift first", "responses won")
    axes.plot(share, won - missed * scale)
    if y.size:
        axes.plot([0, 1], [0, float((won - missed * scale)[-1])], "--", color="grey")
    return figure
