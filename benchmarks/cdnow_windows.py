"""CDNOW purchase logs, cut at a week: what was known by then, and what came after."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from decisioning.customers.buy_till_you_die.histories import Histories

Floats = NDArray[np.float64]

FILES: Final = {"sample": "CDNOW_sample.txt", "master": "CDNOW_master.txt"}
SLICES: Final = ((0.0, 0.1), (0.1, 0.2), (0.2, 0.35), (0.35, 0.5), (0.5, 0.75))
"""Parts of the time before the cut, latest first, in which purchases are counted."""


def read(folder: Path, which: str) -> pd.DataFrame:
    """Read a log: ``customer``, ``day`` (0 is 1997-01-01), ``spend`` and ``discs`` of that day."""
    path = folder / FILES[which]
    if not path.exists():
        raise SystemExit(f"skipped: {path} is not there (unpack the `lifetimes` wheel of PyPI)")
    lines = pd.read_csv(path, sep=r"\s+", header=None, skiprows=int(which == "master"))
    # The sample has the master's number and its own before the same three columns.
    parts = lines.iloc[:, -4:].set_axis(["customer", "date", "discs", "spend"], axis=1)
    day = (pd.to_datetime(parts["date"].astype(str)) - pd.Timestamp("1997-01-01")).dt.days
    return (
        parts.assign(day=day).groupby(["customer", "day"], as_index=False)[["spend", "discs"]].sum()
    )


@dataclass(frozen=True)
class Window:
    """Customers as known after some weeks, and their purchases in the weeks that followed.

    Parameters
    ----------
    weeks, horizon
        When it was cut, and how many weeks after it count.
    histories
        In weeks.
    columns, x
        What else is known, float64 (m, columns); times as shares of ``weeks``, so that a young
        history reads as an old one of the same shape.
    y
        float64 (m,): purchases within the horizon.
    """

    weeks: float
    horizon: float
    histories: Histories
    columns: tuple[str, ...]
    x: Floats
    y: Floats


def cut(log: pd.DataFrame, weeks: float, until: float) -> Window:
    """Cut a log after so many weeks, and count what came until another week."""
    last = weeks * 7 - 1
    known = log[log["day"] <= last]
    bought = known.groupby("customer")["day"].agg(["size", "min", "max"])
    histories = Histories(
        bought["size"].to_numpy(np.float64) - 1.0,
        (bought["max"] - bought["min"]).to_numpy(np.float64) / 7,
        (last - bought["min"]).to_numpy(np.float64) / 7,
    )
    later = log[(log["day"] > last) & (log["day"] <= until * 7 - 1)].groupby("customer").size()
    told = _told(known, bought, last, weeks)
    y = np.asarray(later.reindex(bought.index).fillna(0), dtype=np.float64)
    x = told.to_numpy(np.float64)
    return Window(weeks, until - weeks, histories, tuple(told.columns), x, y)


def _told(known: pd.DataFrame, bought: pd.DataFrame, last: float, weeks: float) -> pd.DataFrame:
    """Return what the histories leave out: amounts, rhythm, and when in the past."""
    by = known.groupby("customer")
    silent = (last - bought["max"]) / 7 / weeks
    told = pd.DataFrame({
        "repeats": bought["size"] - 1,
        "span": (bought["max"] - bought["min"]) / (last - bought["min"]).clip(lower=1),
        "silent": (last - bought["max"]) / (last - bought["min"]).clip(lower=1),
        "spend_mean": by["spend"].mean(),
        "spend_first": by["spend"].first(),
        "spend_last": by["spend"].last(),
        "spend_total": by["spend"].sum(),
        "discs_mean": by["discs"].mean(),
    })  # fmt: skip
    age = (last - known["day"]) / 7 / weeks
    for least, most in SLICES:
        inside = known[(age >= least) & (age < most)].groupby("customer").size()
        told[f"bought_{least:g}_{most:g}"] = inside.reindex(told.index).fillna(0)
    gaps = by["day"].diff().groupby(known["customer"]).agg(["mean", "max", "std"]) / 7 / weeks
    told[["gap_mean", "gap_max", "gap_std"]] = gaps
    return told.assign(overdue=silent / (gaps["mean"] + 0.01))
