"""Segments of customers, as of a moment."""

from collections.abc import Iterator

import duckdb
import numpy as np
import pytest

from tests.training.promotion.made import T0
from training.promotion.segments import YEAR, segments_of

IDS = np.array(["a", "b", "c", "d", "e"], dtype=str)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    opened = duckdb.connect()
    opened.execute(
        """
        create table customers as select * from (values
            ('a', 1999, 'FR', '75011', null), ('b', 1970, 'FR', null, '19-24'),
            ('c', null, null, null, null), ('d', 1950, 'GB', 'N1 7AA', ''),
            ('e', 2010, 'GB', null, null), ('refused', 1980, 'FR', '75011', '35-44')
        ) t(customer_id, birth_year, country, postal_code, age_band)
        """
    )
    opened.execute("create table purchases (customer_id text, purchased_at bigint, amount bigint)")
    spent = [("a", 1, 10), ("b", 2, 20), ("b", T0, 9999), ("d", 3, 30), ("c", YEAR + 1, 5000),
             ("refused", 1, 1)]  # fmt: skip
    for customer, ago, amount in spent:
        at = ago if ago == T0 else T0 - ago
        opened.execute("insert into purchases values (?, ?, ?)", [customer, at, amount])
    yield opened
    opened.close()


def test_each_kind(con: duckdb.DuckDBPyConnection) -> None:
    found = segments_of(con, T0, IDS)
    assert found["age_band"] == {
        "a": "25 to 34", "b": "19-24", "d": "65 or more", "e": "under 25",
    }  # fmt: skip
    assert found["region"] == {"a": "FR 75", "b": "FR", "d": "GB N1", "e": "GB"}
    # What is spent at the moment itself, or a year before, counts no more than a refused customer.
    assert found["value"] == {"a": "low value", "b": "middle value", "d": "high value"}


def test_nobody_bought(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("delete from purchases")
    assert segments_of(con, T0, IDS)["value"] == {}


def test_shops_that_declare_no_age(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("alter table customers drop column age_band")
    assert segments_of(con, T0, IDS)["age_band"]["b"] == "45 to 54"
