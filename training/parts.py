"""The tables of a bundle: who and what its indices stand for."""

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from bundle.contents import CustomerTable, ItemTable, Places
from decisioning.recommender.state import RecommenderState
from features.definitions import FEATURES
from features.ids import IdMap
from features.snapshot import feature_names
from training.recommender.interactions import Interactions


def item_table(con: duckdb.DuckDBPyConnection, items: IdMap) -> ItemTable:
    """Describe the items, in the order of their indices."""
    known = con.execute(
        "select item_id, name, category_path, brand, list_price, unit_cost, status from products"
    ).df()
    rows = known.set_index("item_id").reindex(items.ids)
    return ItemTable(
        ids=np.array(items.ids, dtype=str),
        names=_strings(rows["name"]),
        category_paths=_strings(rows["category_path"]),
        brands=_strings(rows["brand"]),
        list_price=rows["list_price"].to_numpy(np.float64, na_value=np.nan),
        unit_cost=rows["unit_cost"].to_numpy(np.float64, na_value=np.nan),
        discontinued=(rows["status"] == "discontinued").to_numpy(np.bool_),
    )


def customer_table(
    con: duckdb.DuckDBPyConnection,
    snapshot: pa.Table,
    interactions: Interactions,
    state: RecommenderState,
) -> CustomerTable:
    """Lay the snapshot out in the order of the customer indices; NaN where there is no row.

    The shop of who bought nothing that may be used is the one they declared.
    """
    names = list(feature_names())
    frame = snapshot.to_pandas().set_index("customer_id")[names]
    rows = frame.reindex(interactions.customers.ids)
    told = con.execute("select customer_id, country, home_location_id from customers").df()
    declared = told.set_index("customer_id").reindex(interactions.customers.ids)
    shops = np.array(interactions.locations.ids, dtype=str)[state.customers.home]
    return CustomerTable(
        ids=np.array(interactions.customers.ids, dtype=str),
        home_locations=np.where(shops == "", _strings(declared["home_location_id"]), shops),
        countries=_strings(declared["country"]),
        profiles=rows.to_numpy(np.float64),
    )


def places(interactions: Interactions, state: RecommenderState) -> Places:
    """Name the rows of the popularity table."""
    return Places(np.array(interactions.locations.ids, dtype=str)[state.items.places])


def manifest_columns() -> list[dict[str, Any]]:
    """Return name, purpose and tag of every snapshot column, in order."""
    return [{"name": f.name, "purpose": f.purpose, "protected": f.protected} for f in FEATURES]


def _strings(values: pd.Series) -> "np.ndarray[tuple[int], np.dtype[np.str_]]":
    return np.array(["" if pd.isna(v) else str(v) for v in values], dtype=str)
