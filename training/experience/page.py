"""The report as one HTML file that loads nothing."""

import base64
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from training.as_of import date_text
from training.experience.pictures import pictures
from training.experience.report import Experience

_STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .7rem .3rem 0; border-bottom: 1px solid #8885; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
img { max-width: 100%; } .note { background: #f5a62333; padding: .6rem .9rem; }
"""
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
    body = [f"<h1>{title}</h1>", *_notes(report), *_tables(report), *_drawn(experience)]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def _notes(report: Mapping[str, Any]) -> Iterator[str]:
    told = report["coverage"]
    yield _p(
        f"{told['answers']:,} answers of {told['customers']:,} customers. Left out, as they do not "
        f"allow analytics: {told['left_out_answers']:,} answers of "
        f"{told['left_out_customers']:,} customers. Segments by {report['segments_from']}."
    )
    for note in report["notes"]:
        yield f'<p class="note">{escape(note[:1].upper() + note[1:])}.</p>'


def _tables(report: Mapping[str, Any]) -> Iterator[str]:
    rows = report["rows"]
    for by in ("overall", "touchpoint", "channel", "segment"):
        chosen = [
            row
            for row in rows
            if row["by"] == by and (row["period"] == "all" or row["source"] == "inferred")
        ]
        if chosen:
            yield f"<h2>{by.capitalize()}</h2>"
            yield table(
                ("Metric", "Value", "Source", "n", "Figure", "95 % interval", "Weighted", "Asked",
                 "Response"),
                [_cells(row) for row in chosen],
                first_number=3,
            )  # fmt: skip
    yield "<h2>Contacts</h2>"
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


def table(head: Sequence[str], rows: Iterable[Sequence[str]], first_number: int) -> str:
    """Return an HTML table; every cell is escaped."""
    lines = [_line("th", head, first_number), *(_line("td", row, first_number) for row in rows)]
    return f"<table>{''.join(lines)}</table>"


def _line(name: str, cells: Sequence[str], first_number: int) -> str:
    made = (
        f"<{name}{' class=n' if k >= first_number else ''}>{escape(cell)}</{name}>"
        for k, cell in enumerate(cells)
    )
    return f"<tr>{''.join(made)}</tr>"


def _drawn(experience: Experience) -> Iterator[str]:
    for title, picture in pictures(experience):
        yield f"<h2>{escape(title)}</h2>"
        yield f'<img alt="{escape(title)}" src="data:image/svg+xml;base64,{_svg(picture)}">'


def _svg(picture: Figure) -> str:
    held = io.BytesIO()
    # No date and no random ids: equal figures give an equal page.
    with mpl.rc_context({"svg.hashsalt": "nextbest"}):
        picture.savefig(held, format="svg", metadata={"Date": None})
    return base64.b64encode(held.getvalue()).decode()


def _p(text: str) -> str:
    return f"<p>{escape(text)}</p>"
