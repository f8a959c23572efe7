"""Pieces of portable SQL that several families share.

Sums are of whole numbers, so that a value has the same bits whatever the order of the rows, the
other ``as_of`` in the run, or the bucket. Ages are whole seconds before ``as_of``.
"""

from features.registry import DAY


def share(part: str, whole: str) -> str:
    """Render ``part / whole``; null where ``whole`` is 0 or null."""
    return f"cast({part} as double) / nullif({whole}, 0)"


def total(value: str, days: int, where: str = "") -> str:
    """Render the sum of a whole number over the rows of the last days; 0 without rows."""
    return f"coalesce(sum({value}) filter (where {_recent(days, where)}), 0)"


def times(days: int, where: str = "") -> str:
    """Render the number of rows of the last days."""
    return f"count(*) filter (where {_recent(days, where)})"


def of_latest(value: str) -> str:
    """Render the value of the row numbered 1 by ``latest``."""
    return f"max(case when latest = 1 then {value} end)"


def trend(value: str, short: int, long: int) -> str:
    """Render the sum of the short window per day against that of the long one; 1 is steady."""
    scaled = f"cast({total(value, short)} as double) * {long} / {short}e0"
    return f"{scaled} / nullif({total(value, long)}, 0)"


def entropy(value: str) -> str:
    """Render Shannon's entropy, in nats, of rows that each hold a positive whole number.

    ``ln N - sum(n ln n) / N``; each ``n ln n`` is a decimal of nine places, so that the sum is
    exact, whatever the order of the rows.
    """
    terms = f"sum(cast({value} * ln({value}) as decimal(28, 9)))"
    spread = f"ln(sum({value})) - cast({terms} as double) / nullif(sum({value}), 0)"
    return f"case when count(*) = 1 then 0e0 else {spread} end"


def concentration(value: str) -> str:
    """Render the Herfindahl index (sum of squared shares) of the rows, exact to the last digit."""
    exact = f"cast({value} as decimal(18, 0))"
    whole = f"cast(sum({value}) as double)"
    return f"cast(sum({exact} * {exact}) as double) / nullif({whole} * {whole}, 0)"


def period(moment: str) -> str:
    """Render the number of the four-week period that holds a moment (epoch seconds)."""
    return f"cast(floor({moment} / 2419200e0) as bigint)"


# Parts of the day (UTC): column -> condition on ``clock``, the second of the day.
MORNING = "clock between 21600 and 43199"
EVENING = "clock between 64800 and 79199"
NIGHT = "(clock >= 79200 or clock < 21600)"
# 1 January 1970 was a Thursday: its week holds Saturday and Sunday as third and fourth day.
WEEKEND = "week_clock between 172800 and 345599"


def _recent(days: int, where: str) -> str:
    recent = f"age <= {days * DAY}"
    return f"{recent} and {where}" if where else recent
