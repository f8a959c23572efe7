"""A fault planted for each rule: found, quarantined with its reason, and nothing else touched."""

from typing import Any

import duckdb
import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from features.door import QUARANTINE_COLUMNS, check_table, prepare
from features.errors import DataQualityError, SourceError
from features.schemas import TABLES

NOW = 1_700_000_000

GOOD: dict[str, dict[str, Any]] = {
    "products": {"item_id": "i1", "status": "active", "list_price": 100},
    "identifiers": {
        "identifier_type": "cookie", "value": "k", "customer_id": "c", "linked_type": None,
        "observed_at": 1,
    },
    "transactions": {
        "order_id": "o", "line_no": 1, "customer_id": "c", "item_id": "i1", "purchased_at": 1000,
        "quantity": 1, "amount": 5, "discount": 0, "channel": "shop", "returned_at": None,
    },
    "stock_levels": {
        "item_id": "i1", "location_id": "online", "quantity": 3, "status": "in_stock", "as_of": 9,
    },
    "consents": {
        "customer_id": "c", "purpose": "marketing", "channel": "email", "status": "granted",
        "recorded_at": 5, "expires_at": NOW + 99,
    },
    "feedback": {"feedback_id": "f", "customer_id": "c", "metric": "nps", "score": 9,
                 "answered_at": 5},
    "service_contacts": {"contact_id": "s", "customer_id": "c", "opened_at": 5, "closed_at": 7},
    "exposures": {"decision_id": "d", "customer_id": "c", "channel": "post", "exposed_at": 5,
                  "arm": "policy", "action_probability": 0.5, "ends_at": NOW + 99},
}  # fmt: skip

# Gives a good row another key.
ANOTHER: dict[str, dict[str, Any]] = {
    "products": {"item_id": "i2"},
    "identifiers": {"value": "other"},
    "transactions": {"line_no": 2},
    "stock_levels": {"location_id": "s1"},
    "consents": {"channel": "sms"},
    "feedback": {"feedback_id": "g"},
    "service_contacts": {"contact_id": "u"},
    "exposures": {"decision_id": "e"},
}

# table, what to change in a good row, column at fault, reason
FAULTS: list[tuple[str, dict[str, Any], str, str]] = [
    ("transactions", {"order_id": None}, "order_id", "missing"),
    ("transactions", {"item_id": None}, "item_id", "missing"),
    ("transactions", {"amount": -5}, "amount", "negative but not a return"),
    ("transactions", {"quantity": -1}, "quantity", "negative but not a return"),
    ("transactions", {"line_type": "return", "amount": 0}, "quantity", "positive on a return"),
    ("transactions", {"amount": None}, "amount", "missing"),
    ("transactions", {"amount": "a lot"}, "amount", "not a BIGINT"),
    ("transactions", {"discount": -1}, "discount", "below 0"),
    ("transactions", {"quantity": 1_000_001}, "quantity", "above 1000000"),
    ("transactions", {"purchased_at": NOW + 1}, "purchased_at", "in the future"),
    ("transactions", {"purchased_at": NOW * 1000}, "purchased_at", "above 32503680000"),
    ("transactions", {"item_id": "ghost"}, "item_id", "not in products"),
    ("transactions", {"returned_at": 999}, "returned_at", "before purchased_at"),
    ("products", {"status": "gone"}, "status", "unknown value"),
    ("products", {"list_price": -5}, "list_price", "below 0"),
    ("identifiers", {"identifier_type": "fax"}, "identifier_type", "unknown value"),
    ("identifiers", {"customer_id": None}, "customer_id", "links to nothing"),
    ("stock_levels", {"quantity": 0}, "quantity", "contradicts the status"),
    ("stock_levels", {"item_id": "ghost"}, "item_id", "not in products"),
    ("consents", {"purpose": "fun"}, "purpose", "unknown value"),
    ("consents", {"recorded_at": NOW + 1}, "recorded_at", "in the future"),
    ("feedback", {"score": 11}, "score", "outside the scale of its metric"),
    ("feedback", {"metric": "stars", "score": 9}, "score", "outside the scale of its metric"),
    ("service_contacts", {"closed_at": 4}, "closed_at", "before opened_at"),
    ("exposures", {"action_probability": 1.5}, "action_probability", "above 1"),
]


@pytest.fixture
def con() -> DuckDBPyConnection:
    con = duckdb.connect()
    prepare(con)
    con.execute("insert into products (item_id, status) values ('i1', 'active')")
    return con


def admit(
    con: DuckDBPyConnection, name: str, rows: list[dict[str, Any]], max_bad: float = 1.0
) -> Any:
    if name == "products":
        con.execute("delete from products")
    frame = pd.DataFrame(rows, dtype=object)
    con.register("frame", frame)
    mixed = {k for row in rows for k, v in row.items() if isinstance(v, str)}
    typed = ", ".join(
        f'cast("{c}" as VARCHAR) as "{c}"' if c in mixed else f'"{c}"' for c in frame.columns
    )
    con.execute(f"create or replace table raw.{name} as select {typed} from frame")
    con.unregister("frame")
    return check_table(con, TABLES[name], source="test", as_known_at=NOW, max_bad=max_bad)


def quarantined(con: DuckDBPyConnection) -> pd.DataFrame:
    return con.sql("from quarantine").df()


@pytest.mark.parametrize("name", GOOD)
def test_a_good_row_passes(con: DuckDBPyConnection, name: str):
    report = admit(con, name, [GOOD[name]])
    assert (report.read, report.accepted, report.quarantined) == (1, 1, 0)
    assert con.sql(f"select source from {name}").fetchall() == [("test",)]


@pytest.mark.parametrize(("name", "change", "column", "reason"), FAULTS)
def test_a_planted_fault_is_found(
    con: DuckDBPyConnection, name: str, change: dict[str, Any], column: str, reason: str
):
    good = {**GOOD[name], **ANOTHER[name]}
    report = admit(con, name, [good, {**GOOD[name], **change}])
    assert report.reasons == {f"{column}: {reason}": 1}
    assert (report.accepted, report.quarantined) == (1, 1)
    found = quarantined(con)
    assert tuple(found.columns) == QUARANTINE_COLUMNS
    assert found[["table", "row", "column", "reason"]].to_numpy().tolist() == [
        [name, 2, column, reason]
    ]
    value = change.get(column, GOOD[name][column])
    assert found["value"].isna().all() if value is None else found["value"].tolist() == [str(value)]


def test_the_first_row_of_a_repeated_key_is_kept(con: DuckDBPyConnection):
    row = GOOD["transactions"]
    report = admit(con, "transactions", [row, {**row, "amount": 7}, {**row, "line_no": 2}])
    assert report.reasons == {"order_id: duplicate key": 1}
    assert con.sql("select line_no, amount from transactions order by all").fetchall() == [
        (1, 5),
        (2, 5),
    ]


def test_a_key_of_an_earlier_source_is_taken(con: DuckDBPyConnection):
    admit(con, "feedback", [GOOD["feedback"]])
    report = admit(con, "feedback", [GOOD["feedback"]])
    assert report.reasons == {"feedback_id: key of an earlier source": 1}


def test_a_row_with_two_faults_counts_once_and_names_both(con: DuckDBPyConnection):
    report = admit(con, "transactions", [{**GOOD["transactions"], "amount": -1, "discount": -1}])
    assert report.quarantined == 1
    assert quarantined(con)["column"].tolist() == ["amount", "discount"]


def test_a_planned_end_may_lie_in_the_future(con: DuckDBPyConnection):
    assert admit(con, "exposures", [GOOD["exposures"]]).quarantined == 0


def test_too_many_bad_rows_change_nothing(con: DuckDBPyConnection):
    bad = {**GOOD["feedback"], "feedback_id": "g", "score": 99}
    with pytest.raises(
        DataQualityError, match=r"feedback: 1 of 2 .*score: outside the scale.*'99'"
    ) as info:
        admit(con, "feedback", [GOOD["feedback"], bad], max_bad=0.01)
    assert info.value.remedy
    assert con.sql("from feedback").fetchall() == []
    assert quarantined(con).empty


def test_a_missing_mandatory_column_is_an_error(con: DuckDBPyConnection):
    row = {k: v for k, v in GOOD["feedback"].items() if k != "score"}
    with pytest.raises(SourceError, match="feedback has no column score"):
        admit(con, "feedback", [row])


def test_a_row_may_name_its_own_source(con: DuckDBPyConnection):
    admit(con, "feedback", [{**GOOD["feedback"], "source": "survey"}])
    assert con.sql("select source from feedback").fetchall() == [("survey",)]
