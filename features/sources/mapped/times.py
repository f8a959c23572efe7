"""From a moment as it was given to epoch seconds, UTC.

Local times follow DuckDB's ICU: a time that the clock shows twice in autumn is the later one
(winter time), and a time that it skips in spring is moved forward by the hour skipped.
"""

from dataclasses import dataclass

from features.sources.mapped.cells import WHOLE, exact, is_text, trimmed
from features.sources.mapped.columns import ColumnMap
from features.sources.mapped.quoting import literal

_STEPS = {"epoch_s": 1, "epoch_ms": 1_000, "epoch_us": 1_000_000}
_ZONED = r":[0-9]{2}([.,][0-9]+)? ?(Z|z|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?)$"
_DATE = "[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}"
# Without it, DuckDB would overlook a zone it does not know, as in "10:00 EST".
_NAIVE = rf"{_DATE}([T ][0-9]{{1,2}}:[0-9]{{2}}(:[0-9]{{2}}([.][0-9]+)?)?)?"
_LAST_SECOND = 86_399


@dataclass(frozen=True)
class Moment:
    """A time in SQL.

    Parameters
    ----------
    value
        SQL of the epoch seconds; null where the cell is no time.
    has_zone
        SQL: whether the cell of this row names its zone; empty when all rows do, or none can.
    """

    value: str
    has_zone: str = ""


def moment(given: str, kind: str, told: ColumnMap, zone: str) -> Moment:
    """Read a time.

    Parameters
    ----------
    given, kind
        SQL of the cell, and its DuckDB type.
    told
        What ``sources.yaml`` says of the column.
    zone
        IANA zone of times that name none.
    """
    step = _STEPS.get(str(told.unit))
    if step is not None:
        return Moment(f"try_cast(floor(({exact(given, kind, '.')}) / {step}) as BIGINT)")
    if kind == "TIMESTAMP WITH TIME ZONE":
        return Moment(f"epoch_us({given}) // 1000000")
    if kind == "DATE":
        return Moment(_local(f"cast({given} as TIMESTAMP)", zone, _shift(told)))
    if kind.startswith("TIMESTAMP"):
        return Moment(_local(f"cast({given} as TIMESTAMP)", zone))
    if not is_text(kind):
        return Moment("cast(null as BIGINT)")
    return _formatted(trimmed(given), told, zone) if told.format else _iso(given, told, zone)


def remedy(kind: str, told: ColumnMap) -> str:
    """Say what to do about a cell that is no time."""
    if told.unit in _STEPS:
        return f"write whole numbers of {told.unit}, or correct unit."
    if kind in WHOLE:
        return "set unit to epoch_s, epoch_ms or epoch_us: a bare number does not say which."
    if told.format:
        return f"write it as {' or '.join(told.format)}, or correct format."
    return "write it as 2024-03-31 14:05:00, or set format or unit of the column."


def _formatted(text: str, told: ColumnMap, zone: str) -> Moment:
    if any("%z" in one or "%Z" in one for one in told.format):
        tries = [
            f"epoch_us(try_strptime({text}, {literal(one)})) // 1000000"
            if "%z" in one or "%Z" in one
            else _local(f"try_strptime({text}, {literal(one)})", zone)
            for one in told.format
        ]
        return Moment(f"coalesce({', '.join([*tries, 'null'])})")
    tries = [
        _local(
            f"try_strptime({text}, {literal(one)})", zone, 0 if _has_clock(one) else _shift(told)
        )
        for one in told.format
    ]
    return Moment(f"coalesce({', '.join([*tries, 'null'])})")


def _has_clock(one: str) -> bool:
    return any(mark in one for mark in ("%H", "%I", "%M", "%S", "%-H", "%-I", "%s", "%c", "%X"))


def _iso(given: str, told: ColumnMap, zone: str) -> Moment:
    # A decimal comma is ISO 8601 too, and an offset may come without its colon.
    text = f"replace({trimmed(given)}, ',', '.')"
    zoned = f"regexp_matches({text}, '{_ZONED}')"
    colon = rf"regexp_replace({text}, '([+-][0-9]{{2}})([0-9]{{2}})$', '\1:\2')"
    local = _local(f"try_cast({text} as TIMESTAMP)", zone)
    day = _local(f"try_cast({text} as TIMESTAMP)", zone, _shift(told))
    value = (
        f"case when {zoned} then epoch_us(try_cast({colon} as TIMESTAMPTZ)) // 1000000"
        f" when regexp_full_match({text}, '{_DATE}') then {day}"
        f" when regexp_full_match({text}, '{_NAIVE}') then {local} end"
    )
    return Moment(value, zoned)


def _shift(told: ColumnMap) -> int:
    return _LAST_SECOND if told.day == "end" else 0


def _local(timestamp: str, zone: str, shift: int = 0) -> str:
    moved = f"{timestamp} + to_seconds({shift})" if shift else timestamp
    return f"epoch_us(timezone({literal(zone)}, {moved})) // 1000000"
