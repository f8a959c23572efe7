"""Snapshot rows with an outcome, and the rows of a model they become."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.links import lay_links
from features.snapshot import build_snapshot
from training.models.contract import Rows


@dataclass(frozen=True)
class LabelledRows:
    """Snapshot rows with an outcome.

    Parameters
    ----------
    frame
        One row an example: ``customer_id``, ``as_of``, the snapshot's columns, ``label`` and,
        for responses, ``action_id`` and ``channel``.
    """

    frame: pd.DataFrame

    def rows(self, columns: Sequence[str], mask: NDArray[np.bool_] | None = None) -> Rows:
        """Return the rows of a mask, all of them for None, as arrays."""
        customer = pd.factorize(self.frame["customer_id"], sort=True)[0].astype(np.int64)
        kept = np.ones(customer.size, dtype=np.bool_) if mask is None else mask
        part = self.frame[kept]
        return Rows(
            columns=tuple(columns),
            x=part[list(columns)].to_numpy(np.float64),
            y=part["label"].to_numpy(np.float64),
            customer=customer[kept],
            as_of=part["as_of"].to_numpy(np.int64),
        )


def customer_view(
    con: duckdb.DuckDBPyConnection, as_of: Sequence[int], *, honour_consents: bool
) -> pd.DataFrame:
    """Return the snapshot of those who may train, one row a customer and moment.

    A customer who did not allow ``analytics`` gives no training row.
    """
    snapshot = build_snapshot(con, as_of, honour_consents=honour_consents)
    frame: pd.DataFrame = snapshot.to_pandas()
    return frame[frame["analytics_allowed"]].reset_index(drop=True)


def labelled(view: pd.DataFrame, happened: pd.DataFrame, *, label: float = 1.0) -> LabelledRows:
    """Label the rows of a view that something happened to with ``label``, the rest with 1 - it.

    Parameters
    ----------
    happened
        ``customer_id`` and ``as_of`` of those it happened to.
    """
    marked = happened[["customer_id", "as_of"]].drop_duplicates().assign(label=label)
    joined = view.merge(marked, how="left", on=["customer_id", "as_of"])
    return LabelledRows(joined.fillna({"label": 1.0 - label}))


def lay_moments(con: duckdb.DuckDBPyConnection, view: pd.DataFrame) -> None:
    """Lay ``cutoffs`` and ``persons`` (see `features.links`) for the moments of a view."""
    # An empty view still needs the tables; the epoch is a moment at which nothing was known.
    lay_links(con, [int(moment) for moment in view["as_of"].unique()] or [0])
