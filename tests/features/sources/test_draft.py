"""A draft from a folder of files, in English and in French, that loads as it stands."""

import hashlib

import pytest

from features.errors import SourceError
from features.sources.mapped.draft import draft
from features.sources.mapped.drafting.cells import decimal_mark, time_formats
from features.sources.mapped.drafting.words import bag, meaning
from features.sources.mapped.reading import read_source_file
from tests.features.sources.folders import english, french


def test_a_folder_of_french_files_is_drafted_and_ingested(corner):
    french(corner.folder)
    path = draft(corner.folder)
    told = read_source_file(path)
    assert told.time_zone == "Europe/Paris"
    assert told.tables["transactions"][0].files == "ventes-*.csv"
    tables = corner.ingest(max_bad=0).tables
    assert {name: table.new for name, table in tables.items()} == {
        "products": 2, "customers": 2, "identifiers": 5, "transactions": 4, "events": 3,
        "stock_levels": 2, "consents": 2, "feedback": 1, "service_contacts": 1,
    }  # fmt: skip
    con = corner.tables()
    assert con.execute(
        "select order_id, line_no, customer_id, item_id, line_type, purchased_at, amount, channel"
        " from transactions order by 1, 2"
    ).fetchall() == [
        ("C1", 1, "0001", "P1", "sale", 1682928900, 900, "shop"),
        ("C1", 2, "0001", "P2", "sale", 1682928900, 320, "shop"),
        ("C2", 1, None, "P1", "sale", 1684166520, 450, "shop"),
        ("C3", 1, "0002", "P1", "return", 1705132800, -450, "shop"),
    ]
    assert con.execute("select list_price, status from products order by item_id").fetchall() == [
        (450, "active"), (320, "discontinued")
    ]  # fmt: skip
    assert con.execute("select event_type from events order by event_id").fetchall() == [
        ("product_view",), ("search",), ("add_to_cart",)
    ]  # fmt: skip
    assert con.execute("select status, purpose, channel from consents order by 1").fetchall() == [
        ("denied", "marketing", "email"), ("granted", "personalisation", "any")
    ]  # fmt: skip
    assert con.execute("select comment from feedback").fetchall() == [("Très bien",)]


def test_no_address_or_phone_is_stored_in_clear(corner):
    french(corner.folder)
    draft(corner.folder)
    corner.ingest()
    rows = corner.tables().execute("select identifier_type, value from identifiers").fetchall()
    digests = {
        ("email_sha256", hashlib.sha256(b"ana@exemple.fr").hexdigest()),
        ("phone_sha256", hashlib.sha256(b"0612345678").hexdigest()),
        ("loyalty_card", "000123"),
    }
    assert digests < set(rows)
    home = corner.folder / "home"
    for path in (one for one in home.rglob("*") if one.is_file()):
        assert b"xemple.fr" not in path.read_bytes(), path


def test_a_folder_of_english_files_and_databases_is_drafted_and_ingested(corner):
    english(corner.folder)
    text = draft(corner.folder).read_text(encoding="utf-8")
    assert "# Not understood, and left out: notes" in text
    assert "# No catalogue found" in text
    assert "currency: GBP\n" in text, "the name of a column tells it"
    tables = corner.ingest(max_bad=0).tables
    assert {name: table.new for name, table in tables.items()} == {
        "products": 2, "customers": 2, "identifiers": 1, "transactions": 3, "events": 2,
        "feedback": 1,
    }  # fmt: skip
    con = corner.tables()
    assert con.execute(
        "select order_id, line_type, quantity, amount from transactions order by 1, line_no"
    ).fetchall() == [("O1", "sale", 2, 900), ("O1", "sale", 1, 300), ("O2", "return", -1, -450)]
    assert con.execute("select name, list_price from products order by 1").fetchall() == [
        ("Mug", 450), ("Plate", 300)
    ]  # fmt: skip
    assert con.execute("select metric, score from feedback").fetchall() == [("nps", 9)]


def test_what_was_guessed_is_marked_and_what_is_not_used_is_listed(corner):
    corner.write("sales.csv", "order,sku,date,qty,total,colour\nO,A,03/04/2024,1,500,red\n")
    corner.write("clicks.csv", "event_id,visitor,time,event\n1,v,2024-01-01,teleport\n")
    text = draft(corner.folder).read_text(encoding="utf-8")
    assert "CHECK: all values fit %m/%d/%Y too" in text
    assert "CHECK: whole numbers, taken as units; else add unit: cents." in text
    assert "CHECK: add under values what is meant by 'teleport'" in text
    assert "# Not used: colour" in text


def test_units_are_guessed_from_names_and_lengths(corner):
    corner.write("items.csv", "sku,price_cents\nA,450\n")
    corner.write(
        "sales.csv", "order,sku,customer,date,qty,price,when\nO,A,c,1700000000,2,4.50,soon\n"
    )
    corner.write("calls.csv", "case_id,client,opened_at\n1,c,some day\n")
    text = draft(corner.folder).read_text(encoding="utf-8")
    assert "list_price: {column: price_cents, unit: cents}" in text
    assert "purchased_at: {column: date, unit: epoch_s}" in text
    assert "# quantity times price." in text
    assert "CHECK: no known way to write a time ('some day'); set format." in text


def test_a_visit_is_a_visitor_and_a_day_where_none_is_told(corner):
    corner.write("web_events.csv", "event_id,cookie,time,event\n1,v,2024-01-01 10:00,view\n")
    corner.write("sales.csv", "order,sku,date,total\nO,A,2024-01-01,5.00\n")
    corner.write("devices.csv", "cookie,customer_id,date\nv,c,2024-01-01\n")
    text = draft(corner.folder).read_text(encoding="utf-8")
    assert "CHECK: no session; one a visitor and day." in text
    assert "quantity: {constant: 1}  # CHECK: no quantity" in text
    tables = corner.ingest(max_bad=0).tables
    assert tables["events"].new == 1
    sessions = corner.tables().execute("select session_id from events").fetchall()
    assert sessions == [("v/2024-01-01",)]


def test_a_mandatory_column_that_was_not_found_is_marked_and_refused_until_told(corner):
    corner.write("sales.csv", "order,sku,qty,total\nO,A,1,5.00\n")
    path = draft(corner.folder)
    assert "# MISSING purchased_at: When" in path.read_text(encoding="utf-8")
    with pytest.raises(SourceError, match="purchased_at is missing"):
        read_source_file(path)


def test_without_sales_the_draft_says_so(corner):
    corner.write("customers.csv", "customer_id\n1\n")
    text = draft(corner.folder).read_text(encoding="utf-8")
    assert "# MISSING transactions" in text
    assert "# MISSING products" in text


def test_a_file_that_is_there_is_never_overwritten(corner):
    french(corner.folder)
    path = corner.write("sources.yaml", "mine\n")
    with pytest.raises(SourceError, match="is there already"):
        draft(corner.folder)
    assert path.read_text(encoding="utf-8") == "mine\n"


def test_a_folder_with_nothing_to_read(corner):
    with pytest.raises(SourceError, match="no CSV, Parquet, DuckDB or SQLite"):
        draft(corner.folder)
    with pytest.raises(SourceError, match="is no folder"):
        draft(corner.folder / "absent")
    corner.write("broken.db", "this is no database, whatever its name says")
    with pytest.raises(SourceError, match=r"broken\.db is no database"):
        draft(corner.folder)


def test_odd_names_come_through_unharmed(corner):
    corner.write("sales: 100%.csv", 'order,sku,date,qty,total,"no: #1"\nO,A,2024-01-01,1,5.00,x\n')
    path = draft(corner.folder)
    assert read_source_file(path).tables["transactions"][0].files == "sales: 100%.csv"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["2024-01-01", "2024-01-01 10:00"], ["iso"]),
        (["2024-01-01T10:00:00.1+01:00"], ["iso"]),
        (["31/12/2024"], ["%d/%m/%Y"]),
        (["12/31/2024 10:00"], ["%m/%d/%Y %H:%M"]),
        (["01/02/2024"], ["%d/%m/%Y", "%m/%d/%Y"]),
        (["31.12.2024 10:00:00"], ["%d.%m.%Y %H:%M:%S"]),
        (["1262304000"], ["epoch_s"]),
        (["1262304000000"], ["epoch_ms"]),
        (["20241231"], ["%Y%m%d"]),
        (["soon"], []),
    ],
)
def test_how_times_are_written(values, expected):
    assert time_formats(values) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1,50", "2"], ","),
        (["1.50", "2"], "."),
        (["1 234,50 €"], ","),
        (["1,234.50"], "."),
        ([], "."),
    ],
)
def test_the_decimal_mark(values, expected):
    assert decimal_mark(values) == expected


def test_names_are_compared_without_accents_case_order_and_small_words():
    assert bag("Date d'Inscription") == bag("date_inscription") == bag("InscriptionDate")
    assert bag("Numéro de commande") == bag("commande numero")
    assert meaning("event_type", "Ajout Panier") == "add_to_cart"
    assert meaning("event_type", "teleport") is None
