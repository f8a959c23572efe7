"""One picture: how large the segments are, and what sets the clusters apart."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.segments.profiles import Profile
from training.segments.traits import TRAITS

mpl.use("Agg")  # no screen on a server


def draw(segments: Sequence[Profile], clusters: Sequence[Profile]) -> Figure:
    """Draw the sizes of the RFM classes beside the traits of the clusters."""
    figure = Figure(figsize=(13, 5.5), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(2, 3))
    _sizes(left, segments)
    shown = [each for each in clusters if each.traits]
    if shown:
        _heat(right, shown)
    else:
        right.axis("off")
        right.text(0.5, 0.5, "too few customers for clusters", ha="center")
    return figure


def _sizes(axes: Axes, segments: Sequence[Profile]) -> None:
    labels = [each.label for each in segments]
    axes.barh(labels, [each.customers for each in segments], color="#4472a8")
    for k, each in enumerate(segments):
        axes.text(each.customers, k, f" {each.customers:,}", va="center")
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set_title("RFM classes, customers")
    axes.spines[["top", "right"]].set_visible(False)


def _heat(axes: Axes, clusters: Sequence[Profile]) -> None:
    means = np.array([[each.traits[t.column] for t in TRAITS] for each in clusters])
    image = axes.imshow(means, cmap="RdBu_r", vmin=-1.5, vmax=1.5, aspect="auto")
    axes.set_xticks(
        range(len(TRAITS)), [t.column for t in TRAITS], rotation=40, ha="right", fontsize=8
    )
    axes.set_yticks(
        range(len(clusters)), [f"{c.name}: {c.label}" for c in clusters], fontsize=8, wrap=True
    )
    for row, column in np.ndindex(*means.shape):
        axes.text(
            column,
            row,
            f"{means[row, column].round(1) + 0.0:+.1f}",
            ha="center",
            va="center",
            fontsize=7,
        )
    axes.set_title("Clusters, standard deviations from all customers")
    axes.figure.colorbar(image, ax=axes, shrink=0.8)
