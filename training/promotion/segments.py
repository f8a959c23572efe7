"""The segments in which a challenger may not fail: age band, region, value."""

from collections.abc import Mapping

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from decisioning.policy import DAY

YEAR = 365 * DAY
_BANDS = (25, 35, 45, 55, 65)
_THIRDS = ("low", "middle", "high")


def segments_of(
    con: duckdb.DuckDBPyConnection, as_of: int, customers: NDArray[np.str_]
) -> Mapping[str, Mapping[str, str]]:
    """Sort customers into segments as of a moment.

    ``age_band`` is the band declared, else that of the birth year; ``region`` the country, with
    the first two characters of the postal code; ``value`` the third of what was spent in the
    year before. Who is in no segment of a kind is left out of it.

    Parameters
    ----------
    customers
        Strings: their ids, who allow analytics.

    Returns
    -------
    By kind, by customer_id.
    """
    con.register("sorted_customers", pd.DataFrame({"customer_id": customers.astype(object)}))
    told = con.sql(
        "select c.* from customers c semi join sorted_customers using (customer_id)"
    ).df()
    ids = told["customer_id"]
    kinds = {"age_band": _age(told, as_of), "region": _region(told), "value": None}
    found = {
        kind: {c: s for c, s in zip(ids, segments, strict=True) if s}
        for kind, segments in kinds.items()
        if segments is not None
    }
    return {**found, "value": _value(con, as_of)}


def _age(told: pd.DataFrame, as_of: int) -> list[str]:
    year = 1970 + int(as_of / (365.2425 * DAY))
    declared = told["age_band"] if "age_band" in told else pd.Series("", index=told.index)
    return [
        str(band) if pd.notna(band) and band else _band(year - born) if pd.notna(born) else ""
        for band, born in zip(declared, told["birth_year"], strict=True)
    ]


def _band(age: float) -> str:
    older = [edge for edge in _BANDS if age >= edge]
    younger = [edge for edge in _BANDS if age < edge]
    if not older:
        return f"under {_BANDS[0]}"
    return f"{older[-1]} to {younger[0] - 1}" if younger else f"{older[-1]} or more"


def _region(told: pd.DataFrame) -> list[str]:
    return [
        " ".join(filter(None, (_text(country), _text(code)[:2])))
        for country, code in zip(told["country"], told["postal_code"], strict=True)
    ]


def _text(value: object) -> str:
    return "" if pd.isna(value) else str(value).strip()  # type: ignore[call-overload]


def _value(con: duckdb.DuckDBPyConnection, as_of: int) -> dict[str, str]:
    spent = con.execute(
        "select customer_id, sum(amount) as amount"
        " from purchases semi join sorted_customers using (customer_id)"
        " where purchased_at < ? and purchased_at >= ? group by customer_id order by customer_id",
        [as_of, as_of - YEAR],
    ).df()
    if spent.empty:
        return {}
    amount = spent["amount"].to_numpy(np.float64)
    third = np.searchsorted(np.quantile(amount, (1 / 3, 2 / 3)), amount, side="right")
    return {
        c: f"{_THIRDS[t]} value" for c, t in zip(spent["customer_id"], third.tolist(), strict=True)
    }
