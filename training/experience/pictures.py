"""The report's pictures, drawn from its figures."""

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.experience.breakdown import ANSWERED, Row
from training.experience.funnel import STEPS
from training.experience.inferred import Inference
from training.experience.intervals import Figure as Estimate
from training.experience.report import Experience
from training.plots import calibration_plot

BLUE, RED, GREY = "#1f6f8b", "#c8553d", "#8a8a8a"
_TOPICS = 10


def pictures(experience: Experience) -> Iterator[tuple[str, Figure]]:
    """Yield a title and a picture for each thing that there is something to show of."""
    yield from _figures(experience)
    if experience.response.balance:
        yield "Who answers: differences before and after weighting", response_bias(experience)
    visits = [row for row in experience.funnel.rows if row.by == "overall" and row.period == "all"]
    if visits and visits[0].visits:
        yield "Where visits end", funnel([row.visits for row in visits if row.step in STEPS])
    for model, what in ((experience.nps, "detractors"), (experience.effort, "hard effort")):
        if model.p.size:
            yield f"Inferred {what}: calibration on later answers", _calibration(model, what)
    yield from _words(experience)


def _figures(experience: Experience) -> Iterator[tuple[str, Figure]]:
    for metric, title in (("nps", "NPS by month"), ("csat", "CSAT (share of 4 and 5) by month")):
        months = _shown(experience.rows, metric, "overall", months=True)
        if months:
            yield title, over_time(months)
    for by in ("touchpoint", "segment"):
        rows = _shown(experience.rows, "nps", by)
        if rows:
            yield f"NPS by {by}", side_by_side(rows)


def _words(experience: Experience) -> Iterator[tuple[str, Figure]]:
    if experience.words.months:
        yield "Sentiment of comments by month (0 bad, 1 good)", sentiment(experience)
    if experience.words.topics:
        yield "Topics of comments: share, and mean sentiment", topics(experience.words.topics)


def _shown(rows: Sequence[Row], metric: str, by: str, *, months: bool = False) -> list[Row]:
    return [
        row
        for row in rows
        if (row.metric, row.by, row.source) == (metric, by, ANSWERED)
        and (len(row.period) == len("2017-11") if months else row.period == "all")
        and np.isfinite(row.estimate)
    ]


def over_time(rows: Sequence[Row]) -> Figure:
    """Draw months with their interval as a band, and the weighted figure beside."""
    picture, axes = _axes()
    names = [row.period for row in rows]
    axes.fill_between(
        names, [row.low for row in rows], [row.high for row in rows], color=BLUE, alpha=0.2
    )
    axes.plot(names, [row.estimate for row in rows], "o-", color=BLUE, label="as answered")
    weighted = [row.weighted for row in rows]
    if np.isfinite(weighted).any():
        axes.plot(names, weighted, "s--", color=RED, label="weighted for non-response")
    axes.legend()
    axes.tick_params(axis="x", rotation=45)
    return picture


def side_by_side(rows: Sequence[Row]) -> Figure:
    """Draw values with their intervals."""
    picture, axes = _axes()
    at = np.arange(len(rows))
    value = np.array([row.estimate for row in rows])
    spread = [
        value - np.array([row.low for row in rows]),
        np.array([row.high for row in rows]) - value,
    ]
    axes.errorbar(value, at, xerr=np.maximum(spread, 0), fmt="o", color=BLUE, capsize=4)
    weighted = np.array([row.weighted for row in rows])
    axes.plot(weighted, at + 0.12, "s", color=RED, label="weighted for non-response")
    axes.set_yticks(at, [f"{row.value} (n={row.n:,})" for row in rows])
    axes.invert_yaxis()
    axes.legend()
    return picture


def response_bias(experience: Experience) -> Figure:
    """Draw the standardised differences of those who answered, before and after weighting."""
    rows = [one for one in experience.response.balance if np.isfinite(one.difference)]
    rows.sort(key=lambda one: abs(one.difference))
    picture, axes = _axes()
    at = np.arange(len(rows))
    axes.plot([one.difference for one in rows], at, "o", color=GREY, label="answered, not answered")
    axes.plot([one.corrected for one in rows], at, "s", color=BLUE, label="weighted, all asked")
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_yticks(at, [one.column for one in rows])
    axes.set_xlabel("standardised difference")
    axes.legend()
    return picture


def funnel(visits: Sequence[int]) -> Figure:
    """Draw how many visits came to each step."""
    picture, axes = _axes()
    at = np.arange(len(STEPS))
    bars = axes.barh(at, visits, color=BLUE)
    axes.bar_label(bars, [f"{count:,}" for count in visits], padding=3)
    axes.set_yticks(at, [step.replace("_", " ") for step in STEPS])
    axes.invert_yaxis()
    axes.margins(x=0.15)
    return picture


def sentiment(experience: Experience) -> Figure:
    """Draw the mean sentiment of comments by month."""
    shown = {n: e for n, e in experience.words.months.items() if np.isfinite(e.estimate)}
    picture, axes = _axes()
    names = list(shown)
    axes.fill_between(
        names,
        [e.low for e in shown.values()],
        [e.high for e in shown.values()],
        color=BLUE,
        alpha=0.2,
    )
    axes.plot(names, [e.estimate for e in shown.values()], "o-", color=BLUE)
    axes.tick_params(axis="x", rotation=45)
    return picture


def topics(found: dict[str, Estimate]) -> Figure:
    """Draw the commonest topics: share as a bar, mean sentiment in words."""
    total = sum(each.n for each in found.values())
    first = list(found.items())[:_TOPICS]
    picture, axes = _axes()
    at = np.arange(len(first))
    bars = axes.barh(at, [each.n / total for _, each in first], color=BLUE)
    labels = [
        f"{each.estimate:.2f}" if np.isfinite(each.estimate) else f"n={each.n}" for _, each in first
    ]
    axes.bar_label(bars, labels, padding=3)
    axes.set_yticks(at, [name for name, _ in first])
    axes.invert_yaxis()
    axes.margins(x=0.12)
    return picture


def _calibration(model: Inference, what: str) -> Figure:
    return calibration_plot(model.y, model.p, f"{what}, n={model.y.size}", bins=5)


def _axes() -> tuple[Figure, Axes]:
    # Figure() rather than pyplot: pyplot keeps every figure alive for the life of the process.
    picture = Figure(figsize=(7, 4), layout="constrained")
    axes = picture.subplots()
    axes.grid(alpha=0.3)
    return picture, axes
