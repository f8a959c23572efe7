"""RFM classes: days since the last purchase, orders and spend, each in fifths of the customers.

A customer has three scores from 1 to 5: R (5: bought most recently), F (5: most orders in 365
days) and M (5: most spend in 365 days). The grid of R by the mean of F and M, rounded up, names the
class; the first two rules below stand before it. So every customer with a purchase has one class,
and one only. The names follow common marketing practice (Miglautsch, "Thoughts on RFM scoring",
Journal of Database Marketing 8, 2000, for the fifths).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

COLUMNS = ("days_since_last_purchase", "customer_age_days", "orders_365d", "spend_365d")
MIN_CUSTOMERS = 50  # ten in a fifth; below it, a fifth is an accident
NEW_DAYS = 60
WINDOW_DAYS = 365


@dataclass(frozen=True)
class Class:
    """A class as a marketer reads it."""

    name: str
    label: str
    label_fr: str
    rule: str
    rule_fr: str


CLASSES = (
    Class("champions", "Champions", "Champions",
          "bought lately, often and much", "achats récents, fréquents et importants"),
    Class("loyal", "Loyal", "Fidèles",
          "regular and above the middle", "réguliers, au-dessus de la moyenne"),
    Class("promising", "Promising", "Prometteurs",
          "bought lately, still little", "achats récents, encore modestes"),
    Class("new", "New", "Nouveaux",
          "first bought in the last 60 days", "premier achat dans les 60 derniers jours"),
    Class("needs_attention", "Needs attention", "À surveiller",
          "in the middle, on the way out", "au milieu, en train de s'éloigner"),
    Class("at_risk", "At risk", "À risque",
          "good customers who have not come for long", "bons clients absents depuis longtemps"),
    Class("cannot_lose", "Cannot lose", "À ne pas perdre",
          "the best ones, gone for longest", "les meilleurs, absents depuis le plus longtemps"),
    Class("hibernating", "Hibernating", "En sommeil",
          "little, and long ago", "achats modestes et anciens"),
    Class("lost", "Lost", "Perdus",
          "least of all in everything, or nothing in 365 days",
          "les plus faibles en tout, ou rien en 365 jours"),
)  # fmt: skip
NAMES = tuple(each.name for each in CLASSES)

# Row: R from 1 (longest ago) to 5. Column: mean of F and M, rounded up, from 1 to 5.
GRID = (
    ("lost", "hibernating", "at_risk", "cannot_lose", "cannot_lose"),
    ("hibernating", "hibernating", "at_risk", "at_risk", "at_risk"),
    ("hibernating", "needs_attention", "needs_attention", "loyal", "loyal"),
    ("promising", "promising", "loyal", "loyal", "champions"),
    ("promising", "promising", "loyal", "champions", "champions"),
)


def classify(frame: pd.DataFrame) -> pd.DataFrame:
    """Give every customer a class.

    Parameters
    ----------
    frame
        Snapshot rows with :data:`COLUMNS`; null where the customer never bought.

    Returns
    -------
    pandas.DataFrame
        Same index; ``r``, ``f``, ``m`` (1 to 5; 0 without a purchase) and ``segment`` (None
        without a purchase).

    Raises
    ------
    ValueError
        If fewer than :data:`MIN_CUSTOMERS` customers have bought.
    """
    since, age, orders, spend = (frame[name].to_numpy(dtype=np.float64) for name in COLUMNS)
    bought = ~np.isnan(since)
    if bought.sum() < MIN_CUSTOMERS:
        raise ValueError(
            f"{int(bought.sum())} customers with a purchase are too few for fifths of them; "
            f"at least {MIN_CUSTOMERS} are needed."
        )
    r, f, m = (_fifths(values, bought) for values in (-since, orders, spend))
    grid = np.array(GRID, dtype=object)
    segment = grid[np.maximum(r, 1) - 1, np.maximum((f + m + 1) // 2, 1) - 1]
    segment = np.where(age <= NEW_DAYS, "new", segment)
    segment = np.where(since > WINDOW_DAYS, "lost", segment)
    segment[~bought] = None
    return pd.DataFrame({"r": r, "f": f, "m": m, "segment": segment}, index=frame.index)


def _fifths(values: Floats, known: NDArray[np.bool_]) -> Ints:
    """Score 1 to 5 by the quintiles of the known values; equal values score alike."""
    cuts = np.quantile(values[known], (0.2, 0.4, 0.6, 0.8))
    score = 1 + (values[:, None] > cuts).sum(axis=1)
    scored: Ints = np.where(known, score, 0).astype(np.int64)
    return scored
