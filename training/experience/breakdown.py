"""Every measure by touchpoint, channel, segment and period, as rows."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.experience.intervals import NAN, Figure, by_customer, figure
from training.experience.measures import MEASURES, Measure
from training.experience.periods import KINDS, labels
from training.experience.survey import Survey

OVERALL = "overall"
DIMENSIONS = (OVERALL, "touchpoint", "channel", "segment")
ANSWERED, INFERRED = "answered", "inferred"


@dataclass(frozen=True)
class Row:
    """One figure of a report.

    Parameters
    ----------
    metric
        Name of the measure.
    by, value
        Dimension and its value; ``overall`` and ``all``.
    period
        ``all``, a month or a 90-day window.
    n, customers
        Answers and who gave them; of an inferred row, the customers inferred.
    estimate, low, high
        In the measure's unit, with the 95 % interval; NaN below the least number of customers.
    interval
        How the interval was made.
    asked, response_rate
        Requests of the period, and the share answered; None and NaN when none are recorded.
    weighted, weighted_low, weighted_high
        The figure with each answer weighted for non-response; NaN without weights.
    source
        ``answered`` or ``inferred``: the two are never mixed in a row.
    """

    metric: str
    by: str
    value: str
    period: str
    n: int
    customers: int
    estimate: float
    low: float
    high: float
    interval: str
    asked: int | None = None
    response_rate: float = NAN
    weighted: float = NAN
    weighted_low: float = NAN
    weighted_high: float = NAN
    source: str = ANSWERED


def break_down(survey: Survey, weights: "pd.Series[float]", seed: int) -> Iterator[Row]:
    """Yield the rows of all measures, dimensions and kinds of period.

    Parameters
    ----------
    weights
        Non-response weight of each answer, by ``request_id``; empty for none.
    seed
        Of the bootstraps; each row has its own stream, so no row depends on another.
    """
    answers = survey.answers.assign(weight=survey.answers["request_id"].map(weights))
    codes = pd.factorize(answers["customer_id"], sort=True)[0]
    answers = answers.assign(customer=codes, **{OVERALL: "all"})
    asked = survey.asked.assign(**{OVERALL: "all"})
    for kind in KINDS:
        periods = labels(kind, answers["at"].to_numpy(np.int64), survey.as_of)
        asked_periods = labels(kind, asked["at"].to_numpy(np.int64), survey.as_of)
        for by in DIMENSIONS:
            cells = answers.groupby(["metric", by, periods], sort=True).groups
            rates = _rates(asked, by, asked_periods)
            for measure, (metric, value, period), index in _matching(cells):
                asking = rates.get((metric, value, period))
                yield _row(measure, (by, value, period), answers.loc[index], asking, seed)


Asking = tuple[int, float]
Cell = tuple[str, str, str]


def _matching(cells: "Mapping[Any, pd.Index]") -> "Iterator[tuple[Measure, Cell, pd.Index]]":
    for measure in MEASURES:
        for cell, index in cells.items():
            if cell[0] == measure.metric:
                yield measure, cell, index


def _rates(asked: pd.DataFrame, by: str, periods: NDArray[np.object_]) -> dict[Cell, Asking]:
    groups = asked["answered"].groupby([asked["metric"], asked[by], periods])
    both = groups.agg(["size", "mean"])
    return {
        (str(m), str(v), str(p)): (int(size), float(mean))
        for (m, v, p), size, mean in zip(both.index, both["size"], both["mean"], strict=True)
    }


def _row(
    measure: Measure,
    place: tuple[str, str, str],
    cell: pd.DataFrame,
    asking: Asking | None,
    seed: int,
) -> Row:
    by, value, period = place
    rng = stream(seed, measure.name, *place)
    raw = _figure(measure, cell, None, rng)
    weighed = cell[cell["weight"].notna()]
    weighted = _figure(measure, weighed, weighed["weight"].to_numpy(np.float64), rng)
    asked, rate = asking or (None, NAN)
    return Row(
        metric=measure.name,
        by=by,
        value=value,
        period=period,
        n=raw.n,
        customers=raw.customers,
        estimate=raw.estimate,
        low=raw.low,
        high=raw.high,
        interval=raw.method,
        asked=asked,
        response_rate=rate,
        weighted=weighted.estimate,
        weighted_low=weighted.low,
        weighted_high=weighted.high,
    )


def _figure(
    measure: Measure,
    cell: pd.DataFrame,
    weights: NDArray[np.float64] | None,
    rng: np.random.Generator,
) -> Figure:
    contributions = measure.contribution(cell["score"].to_numpy(np.float64))
    clusters = by_customer(cell["customer"].to_numpy(np.int64), contributions, weights)
    return figure(clusters, rng, share=measure.unit == "share")


def stream(seed: int, *names: str) -> np.random.Generator:
    """Return the generator of one named figure, whatever else is drawn."""
    return np.random.default_rng([seed, zlib.crc32("\x1f".join(names).encode())])
