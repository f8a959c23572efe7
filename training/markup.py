"""HTML that loads nothing: a page, its tables, its pictures."""

import base64
import io
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

import matplotlib as mpl
from matplotlib.figure import Figure

_STYLE: Final = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
h3 { font-size: 1rem; margin-top: 1.6rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .7rem .3rem 0; border-bottom: 1px solid #8885; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
img { max-width: 100%; } .note { background: #f5a62333; padding: .6rem .9rem; }
.row { display: flex; flex-wrap: wrap; } .row img { width: 28rem; }
"""


def page(title: str, body: Iterable[str]) -> str:
    """Return a whole page; the title is escaped, the body is HTML already."""
    said = escape(title)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{said}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n<h1>{said}</h1>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def heading(text: str, level: int = 2) -> str:
    """Return a heading, escaped."""
    return f"<h{level}>{escape(text)}</h{level}>"


def paragraph(text: str, *, note: bool = False) -> str:
    """Return a paragraph, escaped; a note stands out."""
    return f"<p{' class=note' if note else ''}>{escape(text)}</p>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], first_number: int) -> str:
    """Return an HTML table; every cell is escaped."""
    lines = [_line("th", head, first_number), *(_line("td", row, first_number) for row in rows)]
    return f"<table>{''.join(lines)}</table>"


def image(title: str, picture: Figure) -> str:
    """Return a picture within the page; equal figures give equal text."""
    return f'<img alt="{escape(title)}" src="data:image/svg+xml;base64,{_svg(picture)}">'


def _line(name: str, cells: Sequence[str], first_number: int) -> str:
    made = (
        f"<{name}{' class=n' if k >= first_number else ''}>{escape(cell)}</{name}>"
        for k, cell in enumerate(cells)
    )
    return f"<tr>{''.join(made)}</tr>"


def _svg(picture: Figure) -> str:
    held = io.BytesIO()
    # No date and no random ids: equal figures give an equal page.
    with mpl.rc_context({"svg.hashsalt": "nextbest"}):
        picture.savefig(held, format="svg", metadata={"Date": None})
    return base64.b64encode(held.getvalue()).decode()
