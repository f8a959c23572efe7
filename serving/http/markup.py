"""The little HTML that the two pages share. Every value is escaped here and nowhere else."""

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from string import Template


def page(title: str, language: str, parts: Iterable[str]) -> str:
    """Return a whole page; it loads nothing and runs no script."""
    template = Template(files("serving.http").joinpath("page.html").read_text("utf-8"))
    return template.substitute(title=escape(title), language=language, body="\n".join(parts))


def element(name: str, text: object, css: str = "") -> str:
    """Return one element holding plain text."""
    attribute = f' class="{css}"' if css else ""
    return f"<{name}{attribute}>{escape(str(text))}</{name}>"


def table(head: Sequence[str], rows: Iterable[Sequence[object]], numbers: int = 0) -> str:
    """Return a table whose last ``numbers`` columns are numbers."""
    first_number = len(head) - numbers
    lines = [_row("th", head, first_number), *(_row("td", row, first_number) for row in rows)]
    return f"<table>{''.join(lines)}</table>"


def _row(name: str, cells: Sequence[object], first_number: int) -> str:
    marked = (
        element(name, cell, "number" if index >= first_number else "")
        for index, cell in enumerate(cells)
    )
    return f"<tr>{''.join(marked)}</tr>"
