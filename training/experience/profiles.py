"""What was known of a customer at the start of the month of an answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from features.columns import AS_OF, CUSTOMER_ID
from features.snapshot import build_snapshot
from training.experience.periods import month_starts
from training.models.satisfaction import LIVED

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
INPUTS = LIVED
"""What NPS and the chance of an answer may hang on."""
MONTHS = 12
"""Older answers than this train nothing: customers and questions change, and cost is bounded."""
_ROWS = 250_000


@dataclass(frozen=True)
class Profiles:
    """Snapshot rows by customer and moment.

    Parameters
    ----------
    index
        Of (customer_id, as_of), unique.
    matrix
        float64 (rows, features) in the order of ``columns``; NaN is null.
    columns
        Names of the features.
    """

    index: pd.MultiIndex
    matrix: Floats
    columns: tuple[str, ...]

    def rows(self, customers: Sequence[str], moments: Ints) -> Floats:
        """Return the profile of each (customer, moment), all NaN where there is none.

        Returns
        -------
        float64 (len(customers), features).
        """
        wanted = pd.MultiIndex.from_arrays([list(customers), moments])
        at = self.index.get_indexer(wanted)
        found = np.full((len(at), len(self.columns)), np.nan)
        found[at >= 0] = self.matrix[at[at >= 0]]
        return found

    def positions(self, names: Sequence[str]) -> Ints:
        """Return where the named columns stand."""
        return np.array([self.columns.index(name) for name in names], dtype=np.int64)


def lay_profiles(con: DuckDBPyConnection, needed: pd.DataFrame, as_of: int) -> Profiles:
    """Compute the profiles of those who were asked or answered, as of the month's start.

    Parameters
    ----------
    needed
        ``customer_id`` and ``at``; rows older than ``MONTHS`` months are left out.
    as_of
        Profiles of this moment are computed for every customer, and no later ones.
    """
    starts = month_starts(needed["at"].to_numpy(np.int64))
    months = [int(m) for m in np.unique(starts)[-MONTHS:] if m != as_of]
    wanted = needed[[CUSTOMER_ID]].assign(**{AS_OF: starts}).drop_duplicates()
    now = build_snapshot(con, [as_of], columns=INPUTS).to_pandas()
    # A few months at a time: together is faster, all of them together may not fit.
    step = max(1, _ROWS // max(1, len(now)))
    past = [
        build_snapshot(con, months[at : at + step], columns=INPUTS).to_pandas().merge(wanted)
        for at in range(0, len(months), step)
    ]
    frame = pd.concat([*past, now], ignore_index=True)
    index = pd.MultiIndex.from_arrays([frame[CUSTOMER_ID], frame[AS_OF]])
    return Profiles(index, frame[list(INPUTS)].to_numpy(np.float64), INPUTS)
