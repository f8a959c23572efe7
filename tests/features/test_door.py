"""A fault planted for each rule: found, quarantined with its reason, and nothing else touched."""

from typing import Any

import duckdb
import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from features.door import LONGEST_VALUE, QUARANTINE_COLUMNS, check_table, prepare
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
    rows = [row, {**row, "amount": 7}, {**row, "line_no": 2}, row, {**row, "line_no": 2}]
    report = admit(con, "transactions", rows)
    assert report.reasons == {"order_id: duplicate row": 2, "order_id: duplicate key": 1}
    assert con.sql("select line_no, amount from transactions order by all").fetchall() == [
        (1, 5),
        (2, 5),
    ]
    found = quarantined(con).sort_values("row")
    assert found["row"].tolist() == [2, 4, 5]
    assert found["remedy"].iloc[0] == "give each row its own key; the first row was kept."
    assert found["remedy"].iloc[1] == "leave the copy out; the first row was kept."


def test_a_refused_row_takes_no_key(con: DuckDBPyConnection):
    row = GOOD["transactions"]
    report = admit(con, "transactions", [{**row, "amount": -1}, row])
    assert (report.new, report.quarantined) == (1, 1)


def test_a_repeated_key_of_nulls_is_a_repeated_key(con: DuckDBPyConnection):
    """Some columns of the key of identifiers may be null."""
    row = GOOD["identifiers"]
    report = admit(con, "identifiers", [row, row, {**row, "customer_id": "other"}])
    assert report.reasons == {"identifier_type: duplicate row": 1}
    assert admit(con, "identifiers", [row]).unchanged == 1


@pytest.mark.parametrize("name", GOOD)
def test_the_same_row_again_is_unchanged(con: DuckDBPyConnection, name: str):
    if name == "products":
        con.execute("delete from products")
    admit(con, name, [GOOD[name]])
    before = con.sql(f"from {name}").fetchall()
    report = check_again(con, name, [GOOD[name]], source="test")
    assert (report.unchanged, report.new, report.quarantined) == (1, 0, 0)
    report = check_again(con, name, [GOOD[name]], source="another")
    assert report.unchanged == 1
    assert con.sql(f"from {name}").fetchall() == before


def test_another_content_replaces_the_row_of_its_own_source_only(con: DuckDBPyConnection):
    admit(con, "feedback", [GOOD["feedback"]])
    changed = {**GOOD["feedback"], "score": 3}
    report = check_again(con, "feedback", [changed], source="another")
    assert report.reasons == {"feedback_id: key of an earlier source": 1}
    assert con.sql("select score from feedback").fetchall() == [(9,)]
    assert check_again(con, "feedback", [changed], source="test").updated == 1
    assert con.sql("select score from feedback").fetchall() == [(3,)]


def check_again(
    con: DuckDBPyConnection, name: str, rows: list[dict[str, Any]], *, source: str
) -> Any:
    con.register("frame", pd.DataFrame(rows))
    con.execute(f"create or replace table raw.{name} as select * from frame")
    con.unregister("frame")
    return check_table(con, TABLES[name], source=source, as_known_at=NOW)


def test_a_fault_told_by_the_source_is_quarantined(con: DuckDBPyConnection):
    """It replaces what the door would say of the null that the source left."""
    told = (
        "[{'column': 'purchased_at', 'value': '1 May', 'reason': 'no year', 'remedy': 'add it.'}]"
    )
    raw_transactions(con, "case when range = 1 then null else 1000 end as purchased_at", told)
    report = check_table(con, TABLES["transactions"], source="test", as_known_at=NOW)
    assert report.reasons == {"purchased_at: no year": 1}
    assert (report.new, report.quarantined) == (2, 1)
    found = quarantined(con)
    assert found[["row", "value", "remedy"]].to_numpy().tolist() == [[2, "1 May", "add it."]]


def raw_transactions(con: DuckDBPyConnection, moment: str, told: str) -> None:
    con.execute(
        "create table raw.transactions as select 'o' || range as order_id, 1 as line_no,"
        f" 'i1' as item_id, {moment}, 1 as quantity, 5 as amount, 0 as discount, 'shop' as channel,"
        f" case when range = 1 then {told} end as _faults from range(3)"
    )


def test_a_long_value_is_cut(con: DuckDBPyConnection):
    admit(con, "transactions", [{**GOOD["transactions"], "amount": "x" * 999}])
    assert len(quarantined(con)["value"].iloc[0]) == LONGEST_VALUE


def test_a_row_with_two_faults_counts_once_and_names_both(con: DuckDBPyConnection):
    report = admit(con, "transactions", [{**GOOD["transactions"], "amount": -1, "discount": -1}])
    assert report.quarantined == 1
    assert quarantined(con)["column"].tolist() == ["amount", "discount"]


def test_a_planned_end_may_lie_in_the_future(con: DuckDBPyConnection):
    assert admit(con, "exposures", [GOOD["exposures"]]).quarantined == 0


def prices(con: DuckDBPyConnection, amounts: list[int], *, quantity: int = 1, **more: Any) -> Any:
    rows = [
        {**GOOD["transactions"], "line_no": k + 1, "amount": amount, "quantity": quantity, **more}
        for k, amount in enumerate(amounts)
    ]
    return admit(con, "transactions", rows)


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        (25_000, "about 100 times the price of the same item"),
        (250_000, "about 1000 times the price of the same item"),
        (3, "about 1/100 of the price of the same item"),
    ],
)
def test_a_price_in_another_scale(con: DuckDBPyConnection, amount: int, reason: str):
    report = prices(con, [250, 260, 240, 255, 250, 199, amount])
    assert report.reasons == {f"amount: {reason}": 1}
    found = quarantined(con)
    assert found[["row", "value"]].to_numpy().tolist() == [[7, str(amount)]]
    assert "cents" in found["remedy"].iloc[0]


@pytest.mark.parametrize(
    "amounts",
    [
        [250, 260, 240, 255, 25_000],  # too few to know the price
        [250, 260, 240, 255, 250, 199, 2_500],  # a factor of ten is no slip of the scale
        [20, 500, 240, 900, 250, 60, 25_000],  # prices of this item are not steady
        [250, 260, 240, 255, 250, 199, 0],  # given away
    ],
)
def test_a_price_that_may_be_honest_passes(con: DuckDBPyConnection, amounts: list[int]):
    assert prices(con, amounts).quarantined == 0


def test_a_price_is_that_of_one_unit_before_discounts(con: DuckDBPyConnection):
    """100 units at the usual price; and a line that a discount made nearly free."""
    prices(con, [250] * 8)
    con.execute("update transactions set order_id = 'before'")
    many = [{**GOOD["transactions"], "amount": 25_000, "quantity": 100}]
    assert admit(con, "transactions", many).new == 1
    cheap = [{**GOOD["transactions"], "line_no": 2, "amount": 3, "discount": 247}]
    assert admit(con, "transactions", cheap).new == 1


def test_a_small_load_is_held_against_the_history(con: DuckDBPyConnection):
    prices(con, [250] * 8)
    report = prices(con, [25_000], order_id="late")
    assert report.reasons == {"amount: about 100 times the price of the same item": 1}


def test_a_line_that_is_read_again_is_not_its_own_history(con: DuckDBPyConnection):
    """Four lines at a price, one far off: too few, however often they are read."""
    amounts = [250, 250, 250, 250, 25_000]
    for _ in range(3):
        assert prices(con, amounts).quarantined == 0
    assert prices(con, amounts).unchanged == 5


@pytest.mark.parametrize(("amount", "said"), [(25_000, "100 times"), (3, "1/100 of")])
def test_a_load_in_another_scale_stops_the_run(con: DuckDBPyConnection, amount: int, said: str):
    con.execute("update products set list_price = 250")
    with pytest.raises(
        DataQualityError, match=f"30 of 30 lines are priced at about {said}"
    ) as info:
        prices(con, [amount] * 30)
    assert "cents" in info.value.remedy
    assert con.sql("from transactions").fetchall() == []
    assert prices(con, [250] * 30).new == 30


def test_a_load_against_its_history_in_another_scale(con: DuckDBPyConnection):
    prices(con, [250] * 8)
    with pytest.raises(DataQualityError, match="20 of 20 lines"):
        prices(con, [25_000] * 20, order_id="late")


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
