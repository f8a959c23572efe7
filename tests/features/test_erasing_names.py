"""Whose names are whose: what is surely one person's, and what is shared."""

from pathlib import Path

import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from features.erasure.keeping_out import leave_out
from features.erasure.names import Names, find_names, identifier_key
from features.erasure.owning import NOBODYS, owned_sql
from features.ingest import ingest
from features.schemas import TABLES
from features.sources.base import Portion
from features.tables import open_tables

NOW = 1_750_000_000


class People:
    """Ana has two accounts with one card and one mail; Ben and Cem share a computer."""

    name = "people"

    def portions(self) -> tuple[Portion, ...]:
        return (Portion("all", lambda: "1", self.load),)

    def load(self, con: DuckDBPyConnection) -> None:
        links = [
            ("loyalty_card", "card", "ana"), ("loyalty_card", "card", "ana2"),
            ("email_sha256", "mail", "ana"), ("email_sha256", "mail", "ana2"),
            ("cookie", "phone of ana", "ana2"),
            ("cookie", "shared", "ben"), ("cookie", "shared", "cem"), ("cookie", "own", "cem"),
        ]  # fmt: skip
        people = ("ana", "ana2", "ben", "cem")
        frames = {
            "products": pd.DataFrame({"item_id": ["i"], "status": "active"}),
            "customers": pd.DataFrame({"customer_id": people, "signed_up_at": [1, 2, 3, 4]}),
            "identifiers": pd.DataFrame(
                links, columns=["identifier_type", "value", "customer_id"]
            ).assign(observed_at=5),
            "transactions": pd.DataFrame(
                {"order_id": people, "line_no": 1, "customer_id": people, "item_id": "i"}
                | {"purchased_at": 9, "quantity": 1, "amount": 1, "discount": 0, "channel": "web"}
            ),
            "events": pd.DataFrame(
                {"event_id": ["e1", "e2", "e3"], "visitor_id": ["phone of ana", "shared", "own"]}
                | {"session_id": "s", "occurred_at": 9, "event_type": "page_view"}
            ),
        }
        for table, rows in frames.items():
            con.register("rows", rows)
            con.execute(f"create or replace table raw.{table} as select * from rows")
            con.unregister("rows")


@pytest.fixture
def con(tmp_path: Path) -> DuckDBPyConnection:
    ingest((People(),), tmp_path / "t", tmp_path / "q", as_known_at=NOW, buckets=1)
    return open_tables(tmp_path / "t")


@pytest.mark.parametrize("asked", ["ana", "ana2"])
def test_accounts_that_are_surely_one_go_together(con: DuckDBPyConnection, asked: str) -> None:
    names = find_names(con, asked, NOW)
    assert names.customers == {"ana", "ana2"}
    assert names.visitors == {"phone of ana"}
    assert ("email_sha256", "mail") in names.identifiers


def test_what_is_shared_is_nobodys(con: DuckDBPyConnection) -> None:
    assert find_names(con, "ben", NOW) == Names(frozenset({"ben"}))
    assert find_names(con, "cem", NOW).visitors == {"own"}
    assert find_names(con, "nobody", NOW) == Names(frozenset({"nobody"}))


def test_an_ingestion_leaves_out_who_was_erased(tmp_path: Path) -> None:
    erased = {"ana", "ana2", identifier_key("device", "phone of ana")}
    ingest(
        (People(),), tmp_path / "t", tmp_path / "q", as_known_at=NOW, buckets=1,
        keep_out=lambda names: erased & set(names),
    )  # fmt: skip
    con = open_tables(tmp_path / "t")
    left = {
        name: {row[0] for row in con.execute(f"select {column} from {name}").fetchall()}
        for name, column in (("customers", "customer_id"), ("transactions", "customer_id"),
                             ("identifiers", "customer_id"), ("events", "visitor_id"))
    }  # fmt: skip
    assert left.pop("events") == {"shared", "own"}
    assert set(map(frozenset, left.values())) == {frozenset({"ben", "cem"})}


def test_where_nobody_was_erased_nothing_is_asked_twice(con: DuckDBPyConnection) -> None:
    con.execute("create schema run")
    for name in TABLES:
        con.execute(f"create table run.{name} as select * from main.{name}")
    asked: list[set[str]] = []
    assert leave_out(con, lambda names: asked.append(set(names)) or set()) == 0
    (names,) = asked
    assert names >= {"ana", "cem", identifier_key("cookie", "shared")}


@pytest.mark.parametrize("table", TABLES)
def test_every_table_about_persons_says_whose_its_rows_are(table: str) -> None:
    assert (owned_sql(table) == "false") == (table in NOBODYS)
    assert "false" in owned_sql(table, [])  # of a file without a column that names anybody
