"""All rows of a person, by table: none missing, none of anybody else."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from features.errors import SourceError
from features.tables import open_tables
from serving.customers.rows import CustomerRows
from tests.integration.support import Trained

OWNED = {
    "customers": "customer_id",
    "transactions": "order_id, line_no",
    "consents": "recorded_at, purpose, channel",
    "feedback": "feedback_id",
    "feedback_requests": "request_id",
    "service_contacts": "contact_id",
    "third_party": "attribute, obtained_at",
    "exposures": "decision_id",
}


class Links:
    """Says of every visitor that it is one customer."""

    def __init__(self, owner: str) -> None:
        self._owner = owner

    def put(self, links: object) -> None:
        raise AssertionError("reading changes nothing")

    def replace(self, links: object) -> int:
        raise AssertionError("reading changes nothing")

    def customers_of(self, visitor_ids: Collection[str]) -> Mapping[str, str]:
        return dict.fromkeys(visitor_ids, self._owner)


def of(village: Trained, customer: str, owner: str = "") -> dict[str, list[dict[str, Any]]]:
    return CustomerRows(village.settings.tables, Links(owner or customer)).of([customer])


def busy(village: Trained) -> list[str]:
    """The customers with the most events by their own cookies."""
    with open_tables(village.settings.tables, verify=False) as con:
        found = con.execute(
            "select i.customer_id from events e join identifiers i on i.value = e.visitor_id"
            " where i.customer_id is not null group by 1 order by count(*) desc, 1 limit 3"
        ).fetchall()
    return [customer for (customer,) in found]


def keyed(rows: list[dict[str, Any]], key: str) -> list[tuple[Any, ...]]:
    return sorted(tuple(row[name] for name in key.split(", ")) for row in rows)


def test_every_row_of_a_customer_and_no_other(village: Trained) -> None:
    with open_tables(village.settings.tables, verify=False) as con:
        for customer in busy(village):
            found = of(village, customer)
            for table, key in OWNED.items():
                query = f"select {key} from {table} where customer_id = ? order by {key}"
                expected = con.execute(query, [customer]).fetchall()
                assert keyed(found.get(table, []), key) == sorted(expected), table
            events = con.execute(
                "select event_id from events where visitor_id in (select value from identifiers"
                " where customer_id = ? and identifier_type in ('cookie', 'device'))",
                [customer],
            ).fetchall()
            assert events
            assert keyed(found["events"], "event_id") == sorted(events)
            outcomes = con.execute(
                "select outcome_id from outcomes where customer_id = $1 or (customer_id is null"
                " and decision_id in (select decision_id from exposures where customer_id = $1))",
                [customer],
            ).fetchall()
            assert keyed(found.get("outcomes", []), "outcome_id") == sorted(outcomes)
            assert {row["customer_id"] for row in found["identifiers"]} <= {customer, None}


def test_a_shared_device_shows_nobody_s_visits(village: Trained) -> None:
    customer = busy(village)[0]
    assert "events" not in of(village, customer, owner="somebody else")


def test_of_nobody_there_are_no_rows(village: Trained, tmp_path: Path) -> None:
    assert of(village, "nobody") == {}
    assert CustomerRows(village.settings.tables, Links("")).of([]) == {}
    assert CustomerRows(None, Links("")).of(["c010"]) == {}
    assert CustomerRows(tmp_path, Links("")).of(["c010"]) == {}


def test_files_replaced_meanwhile_are_read_again(
    village: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = [True, False]

    def opened(*args: Any, **more: Any) -> duckdb.DuckDBPyConnection:
        if failing and failing.pop(0):
            raise duckdb.IOException("No files found")
        return open_tables(*args, **more)

    monkeypatch.setattr("serving.customers.rows.open_tables", opened)
    assert of(village, busy(village)[0])["transactions"]
    failing[:] = [True] * 9
    with pytest.raises(SourceError, match="change while they are read"):
        of(village, "c010")
