"""Measured experience as ``nextbest experience`` left it, served by rows.

Nothing is computed here: the file is read again when it changes, and its rows are chosen.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from serving.problems import Problem, shortened

VERSION = 1
COMMAND = "nextbest experience"
Metric = Literal[
    "nps", "nps_population", "csat", "csat_mean", "ces", "ces_easy", "stars", "effort_hard"
]
By = Literal["overall", "touchpoint", "channel", "segment", "period"]
OVERALL, PERIOD, ALL = "overall", "period", "all"
PERIOD_KINDS = ("all", "month", "90_days")
DIMENSIONS = ("touchpoint", "channel", "segment")


class ExperienceQuery(BaseModel):
    """Which rows to return; without any parameter, every metric over all."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    metric: Metric | None = None
    """One metric; all when left out."""
    by: By | None = None
    """Dimension; by `period` gives every month overall."""
    period: str | None = None
    """`all` (the default), `month` or `90_days` for every such period, or one of them."""
    segment: str | None = None
    """One segment."""
    touchpoint: str | None = None
    """One touchpoint."""
    channel: str | None = None
    """One channel of the answer."""


@dataclass(frozen=True)
class Choice:
    """What a query comes to: a dimension, one of its values or None for all, a period."""

    metric: str | None
    by: str
    value: str | None
    period: str


class ExperienceReports:
    """The report in a file, kept until the file changes.

    Parameters
    ----------
    path
        Of ``experience.json``; None when the service was told of none.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._report: dict[str, Any] = {}

    def read(self) -> Mapping[str, Any]:
        """Return the report.

        Raises
        ------
        Problem
            409 when nothing was measured yet, or the file is damaged or of another version.
        """
        with self._lock:
            try:
                if self._path is None:
                    raise FileNotFoundError
                found = self._path.stat()
                seen = (found.st_mtime_ns, found.st_size, found.st_ino)
                if seen != self._seen:
                    self._report, self._seen = _load(self._path), seen
            except FileNotFoundError as error:
                raise _unusable("Experience has not been measured yet.") from error
            return self._report

    def answer(self, query: ExperienceQuery) -> dict[str, Any]:
        """Return the rows of a query.

        Raises
        ------
        Problem
            409 as :meth:`read`; 422 when a value is not known or two of them cannot be met at once.
        """
        report = self.read()
        choice = choose(query, report)
        rows = [row for row in report["rows"] if _matches(row, choice)]
        told = {name: report[name] for name in ("as_of", "segments_from", "notes", "coverage")}
        return {**told, "rows": rows}


def _load(path: Path) -> dict[str, Any]:
    try:
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version = report["version"]
    except (ValueError, KeyError, TypeError) as error:
        raise _unusable("The file of measured experience is damaged.") from error
    if version != VERSION:
        raise _unusable(f"The file of measured experience is of version {shortened(version)}.")
    return report


def _unusable(message: str) -> Problem:
    return Problem(409, "experience_not_measured", message, remedy=f"run {COMMAND}")


def choose(query: ExperienceQuery, report: Mapping[str, Any]) -> Choice:
    """Turn a query into a choice of rows.

    Raises
    ------
    Problem
        422, naming the field, its value and what to send instead.
    """
    given = [name for name in DIMENSIONS if getattr(query, name) is not None]
    if len(given) > 1:
        raise _refused(
            given[1],
            f"{given[1]} cannot be asked together with {given[0]}: figures are kept by one "
            "dimension and period.",
            f"leave out {given[0]} or {given[1]}",
        )
    by, value = (given[0], str(getattr(query, given[0]))) if given else (OVERALL, None)
    if value is not None:
        _check(by, value, sorted({row["value"] for row in report["rows"] if row["by"] == by}))
    period = ALL if query.period is None else query.period
    if query.by is not None and given and query.by != by:
        raise _refused(
            "by",
            f"by is '{query.by}', but {by} is asked.",
            f"send by={by}, or leave out {by}",
        )
    if query.by == PERIOD:
        period = "month" if query.period is None else query.period
    elif query.by is not None:
        by = query.by
    known = {row["period"] for row in report["rows"]}
    _check("period", period, [*PERIOD_KINDS, *sorted(known - {ALL})])
    return Choice(query.metric, by, value, period)


def _check(field: str, value: str, known: list[str]) -> None:
    if value not in known:
        near = get_close_matches(value, known, n=1)
        guess = f"did you mean {near[0]}? " if near else ""
        raise _refused(
            field,
            f"{field} is {shortened(value)}, which is not in the report.",
            f"{guess}send one of {', '.join(known)}" if known else f"leave out {field}",
        )


def _refused(field: str, message: str, remedy: str) -> Problem:
    return Problem(422, "invalid_value", message, field, remedy)


def _matches(row: Mapping[str, Any], choice: Choice) -> bool:
    return (
        choice.metric in (None, row["metric"])
        and row["by"] == choice.by
        and choice.value in (None, row["value"])
        and choice.period in set(_periods(row))
    )


def _periods(row: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names under which a row's period may be asked for."""
    yield row["period"]
    if row["source"] == "inferred":
        # What is inferred is of now: it stands beside the figures of all time, never in them.
        yield ALL
    if ".." in row["period"]:
        yield "90_days"
    elif row["period"] != ALL:
        yield "month"
