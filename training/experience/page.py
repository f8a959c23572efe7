"""The report as one HTML file that loads nothing."""

from collections.abc import Iterator, Mapping
from typing import Any

from training.as_of import date_text
from training.experience.pictures import pictures
from training.experience.report import Experience
from training.markup import heading, image, page, paragraph, table

_FORMATS = {"points": "{:+.1f}", "share": "{:.1%}", "score": "{:.2f}"}
_SHARES = {"csat", "ces_easy", "effort_hard"}
_POINTS = {"nps", "nps_population"}


def shown(metric: str, value: float | None) -> str:
    """Write a figure in its metric's unit; nothing for null."""
    if value is None:
        return ""
    unit = "points" if metric in _POINTS else "share" if metric in _SHARES else "score"
    return _FORMATS[unit].format(value)


def experience_page(experience: Experience, report: Mapping[str, Any]) -> str:
    """Return the page.

    Parameters
    ----------
    experience
        For the pictures.
    report
        The same, as :func:`training.experience.files.as_json` gives it.
    """
    title = f"Experience as of {date_text(experience.as_of)}"
    return page(title, [*_notes(report), *_tables(report), *_drawn(experience)])


def _notes(report: Mapping[str, Any]) -> Iterator[str]:
    told = report["coverage"]
    yield paragraph(
        f"{told['answers']:,} answers of {told['customers']:,} customers. Left out, as they do not "
        f"allow analytics: {told['left_out_answers']:,} answers of "
        f"{told['left_out_customers']:,} customers. Segments by {report['segments_from']}."
    )
    for note in report["notes"]:
        yield paragraph(f"{note[:1].upper()}{note[1:]}.", note=True)


def _tables(report: Mapping[str, Any]) -> Iterator[str]:
    rows = report["rows"]
    for by in ("overall", "touchpoint", "channel", "segment"):
        chosen = [
            row
            for row in rows
            if row["by"] == by and (row["period"] == "all" or row["source"] == "inferred")
        ]
        if chosen:
            yield heading(by.capitalize())
            yield table(
                ("Metric", "Value", "Source", "n", "Figure", "95 % interval", "Weighted", "Asked",
                 "Response"),
                [_cells(row) for row in chosen],
                first_number=3,
            )  # fmt: skip
    yield heading("Contacts")
    contacts = [s for s in report["journeys"]["contacts"] if s["period"] == "all"]
    yield table(
        ("Measure", "By", "Value", "n", "Figure", "95 % interval"),
        [
            (s["measure"].replace("_", " "), s["by"], s["value"], f"{s['n']:,}",
             _number(s["estimate"]), f"{_number(s['low'])} to {_number(s['high'])}")
            for s in contacts
        ],
        first_number=3,
    )  # fmt: skip


def _number(value: float | None) -> str:
    return "not reached" if value is None else f"{value:.3g}"


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    metric = row["metric"]
    interval = f"{shown(metric, row['low'])} to {shown(metric, row['high'])}"
    rate = row["response_rate"]
    return (
        metric,
        row["value"],
        row["source"],
        f"{row['n']:,}",
        shown(metric, row["estimate"]),
        interval if row["low"] is not None else f"fewer than 30 customers ({row['customers']})",
        shown(metric, row["weighted"]),
        "" if row["asked"] is None else f"{row['asked']:,}",
        "" if rate is None else f"{rate:.0%}",
    )


def _drawn(experience: Experience) -> Iterator[str]:
    for title, picture in pictures(experience):
        yield heading(title)
        yield image(title, picture)
