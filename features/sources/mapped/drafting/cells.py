"""How the values of a column are written: dates, amounts, words."""

import re
from collections.abc import Sequence
from datetime import datetime

_ISO = re.compile(
    r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?"
    r" ?(Z|z|UTC|GMT|[+-]\d{2}(:?\d{2})?)?)?"
)
_DATES = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y%m%d", "%d/%m/%y",
          "%m/%d/%y")  # fmt: skip
_CLOCKS = ("", " %H:%M", " %H:%M:%S", "T%H:%M:%S", " %I:%M %p", " %Hh%M")
_EPOCHS = ((10, "epoch_s"), (13, "epoch_ms"), (16, "epoch_us"))
_COMMA = re.compile(r"[-+]?[\d.  ' ]*\d,\d{1,2}\D*")
_POINT = re.compile(r"[-+]?[\d,  ' ]*\d\.\d+\D*")


def time_formats(values: Sequence[str]) -> list[str]:
    """List what reads every value: ``iso``, ``epoch_...`` or formats; the first is the guess."""
    given = [value.strip() for value in values if value.strip()]
    if not given or all(_ISO.fullmatch(value) for value in given):
        return ["iso"]
    digits = {len(value) for value in given if value.isdecimal()}
    if all(value.isdecimal() for value in given):
        named = [unit for length, unit in _EPOCHS if digits == {length}]
        if named:
            return named
    formats = [f"{date}{clock}" for date in _DATES for clock in _CLOCKS]
    return [one for one in formats if all(_reads(one, value) for value in given)]


def _reads(one: str, value: str) -> bool:
    try:
        datetime.strptime(value, one)  # noqa: DTZ007 - only whether it can be read
    except ValueError:
        return False
    return True


def decimal_mark(values: Sequence[str]) -> str:
    """Return the decimal mark of numbers in text: a comma only where no point contradicts it."""
    commas = sum(bool(_COMMA.fullmatch(value.strip())) for value in values)
    points = sum(bool(_POINT.fullmatch(value.strip())) for value in values)
    return "," if commas > points else "."


def distinct(values: Sequence[str], most: int = 30) -> list[str]:
    """List the different values, by their first appearance; empty when there are too many."""
    seen = list(dict.fromkeys(value.strip() for value in values if value.strip()))
    return seen if len(seen) <= most else []
