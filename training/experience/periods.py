"""Calendar months and 90-day windows, as labels."""

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

DAY = 86_400
WINDOW_DAYS = 90
ALL, MONTH, WINDOW = "all", "month", "90_days"
KINDS = (ALL, MONTH, WINDOW)
Ints = NDArray[np.int64]
Texts = NDArray[np.object_]


def month_labels(at: Ints) -> Texts:
    """Return ``2017-11`` for each moment, epoch seconds UTC."""
    months = pd.to_datetime(at, unit="s", utc=True).strftime("%Y-%m")
    return np.asarray(months, dtype=object)


def window_labels(at: Ints, as_of: int) -> Texts:
    """Return the first and last day of the 90 days that hold each moment.

    Windows are counted back from ``as_of``, so the latest one is always whole; the oldest may be
    partly empty.
    """
    span = WINDOW_DAYS * DAY
    back, code = np.unique((as_of - 1 - at) // span, return_inverse=True)
    labels = [window_label(as_of - (int(k) + 1) * span, as_of - int(k) * span) for k in back]
    return np.array(labels, dtype=object)[code] if labels else np.empty(0, dtype=object)


def window_label(start: int, end: int) -> str:
    """Name the window from ``start`` up to, not including, ``end``: ``2017-10-03..2017-12-31``."""
    return f"{_date(start)}..{_date(end - 1)}"


def labels(kind: str, at: Ints, as_of: int) -> Texts:
    """Return the period of each moment under one of :data:`KINDS`."""
    if kind == MONTH:
        return month_labels(at)
    if kind == WINDOW:
        return window_labels(at, as_of)
    return np.full(at.size, ALL, dtype=object)


def month_starts(at: Sequence[int] | Ints) -> Ints:
    """Return the first second of the month of each moment: int64 (moments,), epoch seconds."""
    stamps = pd.to_datetime(np.asarray(at, dtype=np.int64), unit="s").to_numpy()
    seconds = stamps.astype("datetime64[M]").astype("datetime64[s]").astype(np.int64)
    return np.asarray(seconds, dtype=np.int64)


def _date(moment: int) -> str:
    return dt.datetime.fromtimestamp(moment, tz=dt.UTC).date().isoformat()
