"""The moment a run is as of: a date in words, and whether enough history lies before it."""

import datetime as dt

from decisioning.policy import DAY
from features.errors import SourceError
from features.settings import Settings
from features.storage import read_manifest
from features.tables import data_end

MIN_HISTORY_DAYS = 150


def chosen_as_of(settings: Settings, as_of: int | None) -> int:
    """Return the moment asked for, the end of the data when None, once it is known to do.

    Raises
    ------
    SourceError
        Naming the dates that would do.
    """
    end = data_end(settings.tables) + 1
    as_of = end if as_of is None else as_of
    check_as_of(settings, as_of, end)
    return as_of


def check_as_of(settings: Settings, as_of: int, end: int) -> None:
    """Check that enough history lies before a moment, and that it is not after ``end``.

    Raises
    ------
    SourceError
        Naming the dates that would do.
    """
    start = int(read_manifest(settings.tables)["data_start"])
    if not start + MIN_HISTORY_DAYS * DAY <= as_of <= end:
        raise SourceError(
            f"as_of={date_text(as_of)} leaves no room: the purchases run from "
            f"{date_text(start)} to {date_text(end)} and {MIN_HISTORY_DAYS} days of history are "
            "needed.",
            f"choose a date from {date_text(start + MIN_HISTORY_DAYS * DAY)} to {date_text(end)}.",
        )


def date_text(moment: int) -> str:
    """Write a moment (epoch seconds UTC) as its date."""
    return dt.datetime.fromtimestamp(moment, tz=dt.UTC).date().isoformat()
