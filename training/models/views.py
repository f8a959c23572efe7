"""Views of customers at the moments of the tasks."""

import duckdb
import pandas as pd

from training.models.labels.rows import customer_view
from training.models.labels.windows import Moments
from training.models.leaks import view_of_the_day_before


class Views:
    """Views of customers by moment, each built once whoever asks."""

    def __init__(self, con: duckdb.DuckDBPyConnection, *, honour_consents: bool) -> None:
        self.con = con
        self.honour_consents = honour_consents
        self._at: dict[int, pd.DataFrame] = {}
        self._before: dict[int, pd.DataFrame] = {}

    def of(self, moments: Moments) -> pd.DataFrame:
        """Return the views of some moments, one below the other."""
        lacking = [moment for moment in moments.every if moment not in self._at]
        if lacking:
            built = customer_view(self.con, lacking, honour_consents=self.honour_consents)
            self._at |= {moment: built[built["as_of"] == moment] for moment in lacking}
        return pd.concat([self._at[moment] for moment in moments.every], ignore_index=True)

    def day_before(self, moment: int) -> pd.DataFrame:
        """Return the view of the day before a moment, as it stood then."""
        if moment not in self._before:
            self._before[moment] = view_of_the_day_before(
                self.con, moment, honour_consents=self.honour_consents
            )
        return self._before[moment]
