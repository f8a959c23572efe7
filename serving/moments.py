"""Times as requests write them: ISO 8601 with a zone, or epoch seconds; never naive.

The clock arrives as validation context: ``context={"now": 1_700_000_000}``.
"""

from datetime import datetime
from typing import Annotated, cast

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

CLOCK_SKEW_SECONDS = 300
LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z, the last that datetime can write


class _Now(int):
    """Stands for the clock of the request until the body is read."""


def now() -> int:
    """Give a field the clock of the request as its default."""
    return _Now(-1)


def _instant(value: object, info: ValidationInfo) -> object:
    """Turn ISO 8601 with a zone, or epoch seconds, into epoch seconds."""
    if isinstance(value, _Now):
        return _context_now(info)
    seconds = _parsed(value) if isinstance(value, str) else value
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise _time_error("is neither ISO 8601 with a zone nor epoch seconds")
    if not 0 <= seconds <= LAST_SECOND:  # nor is NaN, and a whole number may have any length
        raise _time_error("is outside 1970 to 9999; epoch times are in seconds")
    return int(seconds)


def _past(value: object, info: ValidationInfo) -> object:
    """Refuse a time later than the clock plus the skew that clocks are allowed."""
    seconds = _instant(value, info)
    now = (info.context or {}).get("now")
    if now is not None and isinstance(seconds, int) and seconds > now + CLOCK_SKEW_SECONDS:
        raise PydanticCustomError(
            "time_in_future",
            "lies in the future of the service's clock",
            {"remedy": "send a time no more than 5 minutes ahead of now; check the sender's clock"},
        )
    return seconds


def _context_now(info: ValidationInfo) -> int:
    now = (info.context or {}).get("now")
    if now is None:
        raise PydanticCustomError("missing", "Field required")
    return cast(int, now)


def _parsed(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _time_error("is not a time") from error
    if moment.tzinfo is None:
        raise _time_error("has no zone")
    return moment.timestamp()


def _time_error(what: str) -> PydanticCustomError:
    return PydanticCustomError(
        "time_format",
        "{what}",
        {"what": what, "remedy": "send ISO 8601 with a zone (2026-01-31T09:30:00Z) or seconds"},
    )


_TIME_SCHEMA = WithJsonSchema(
    {
        "anyOf": [
            {"type": "string", "format": "date-time"},
            {"type": "number", "minimum": 0, "maximum": LAST_SECOND},
        ]
    }
)
Moment = Annotated[int, BeforeValidator(_instant), _TIME_SCHEMA]
PastMoment = Annotated[int, BeforeValidator(_past), _TIME_SCHEMA]
