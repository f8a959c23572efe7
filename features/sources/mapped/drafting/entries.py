"""What a draft says of one canonical column, and what it is unsure of."""

from dataclasses import dataclass

from features.columns import CENTS, SECONDS, Column
from features.sources.mapped.drafting.cells import distinct, time_formats
from features.sources.mapped.drafting.looking import Seen
from features.sources.mapped.drafting.words import IN_CENTS, bag, meaning, words


@dataclass(frozen=True)
class Entry:
    """One line of ``columns``.

    Parameters
    ----------
    spec
        What stands behind the column's name.
    note
        What a person should check; empty when the guess is safe.
    """

    spec: str | dict[str, object]
    note: str = ""


def entry(table: str, column: Column, seen: Seen) -> Entry:
    """Describe a canonical column that a column of the folder was taken for."""
    if column.unit == SECONDS:
        return _time(seen)
    if column.unit == CENTS:
        return _money(seen)
    return _words(table, column, seen) if column.values else Entry(seen.name)


def _time(seen: Seen) -> Entry:
    if seen.kind.startswith(("TIMESTAMP", "DATE")):
        return Entry(seen.name)
    formats = time_formats(seen.values)
    if not formats:
        shown = next(iter(seen.values), "")
        return Entry(seen.name, f"CHECK: no known way to write a time ({shown!r}); set format.")
    if formats[0] == "iso":
        return Entry(seen.name)
    if formats[0].startswith("epoch"):
        return Entry({"column": seen.name, "unit": formats[0]})
    told = Entry({"column": seen.name, "format": formats[0]})
    if len(formats) > 1:
        return Entry(told.spec, f"CHECK: all values fit {' and '.join(formats[1:])} too.")
    return told


def _money(seen: Seen) -> Entry:
    if bag(seen.name) & IN_CENTS:
        return Entry({"column": seen.name, "unit": "cents"})
    whole = seen.values and all(value.strip().lstrip("+-").isdecimal() for value in seen.values)
    if whole:
        return Entry(seen.name, "CHECK: whole numbers, taken as units; else add unit: cents.")
    return Entry(seen.name)


def _words(table: str, column: Column, seen: Seen) -> Entry:
    vocabulary = f"{table}.{column.name}"
    vocabulary = vocabulary if vocabulary in words()["values"] else column.name
    values: dict[str, object] = {}
    unknown = []
    for value in distinct(seen.values):
        if value in column.values:
            continue
        meant = meaning(vocabulary, value) if vocabulary in words()["values"] else None
        if meant in column.values:
            values[value] = meant
        else:
            unknown.append(value)
    note = ""
    if unknown or (seen.values and not distinct(seen.values)):
        shown = ", ".join(repr(value) for value in unknown[:5]) or "many different ones"
        note = f"CHECK: add under values what is meant by {shown}; else such rows are refused."
    return Entry({"column": seen.name, "values": values} if values else seen.name, note)
