"""What is wrong with a sources.yaml is told with its line, field, value and a way out."""

import pytest
import yaml

from features.errors import SourceError
from features.sources.catalog import find_source
from features.sources.mapped.reading import read_source_file
from tests.features.sources.shop_yaml import WHOLE


def test_a_whole_file_is_read(corner):
    path = corner.write("sources.yaml", WHOLE)
    told = read_source_file(path)
    assert told.name == "corner_shop"
    assert told.event_weights == {"product_view": 1.0, "add_to_cart": 3.0}
    (lines,) = told.tables["transactions"]
    assert lines.columns["order_id"].column == "ticket"
    assert lines.columns["channel"].constant == "shop"
    assert lines.columns["line_type"].values == {"no": "return", "1": "sale", "007": "fee"}
    assert lines.csv.decimal == ","
    assert len(told.tables["identifiers"]) == 2


MISTAKES = {
    "curency: GBP": ("currency: GBP", r":3: curency is not understood.*did you mean currency"),
    "currency: pounds": ("currency: GBP", r":3: currency: .*'pounds'"),
    "time_zone: Europe/Londn": ("time_zone: Europe/London", r":4: .*Europe/Londn.*time zone"),
    "name: Corner Shop": ("name: corner_shop", r":2: name: .*'Corner Shop'"),
    "name: simulated": ("name: corner_shop", r":2: name: 'simulated' has a meaning of its own"),
    "  product_vew: 1": ("  product_view: 1", r":5: .*'product_vew'.*did you mean product_view"),
    "  add_to_cart: -1": ("  add_to_cart: 3", r":\d+: .*add_to_cart: -1"),
    "  transaction:": ("  transactions:", r"'transaction' is not a table.*transactions"),
    "      order_ID: ticket": ("      order_id: ticket", r"order_ID.*did you mean order_id"),
    "      amount: {column: total, unit: unts}": (
        "      amount: {column: total, unit: units}", r"amount\.unit.*'unts'.*did you mean units"),
    "      amount: {colum: total}": (
        "      amount: {column: total, unit: units}", r":\d+: .*colum is not.*did you mean column"),
    "      amount: {column: total, sql: a}": (
        "      amount: {column: total, unit: units}", r"exactly one of column, constant, sql"),
    "      amount: {column: total, hash: sha256}": (
        "      amount: {column: total, unit: units}", r"amount\.hash.*cents"),
    "      quantity: {column: n, unit: units}": (
        "      quantity: n", r"quantity\.unit.*goes with money and times"),
    "      quantity: {column: n, format: '%Y'}": ("      quantity: n", r"quantity.*go with times"),
    "      purchased_at: {column: at, format: dd/mm}": (
        "      purchased_at: at", r"format is a strptime format"),
    "      purchased_at: {column: at, pick: last}": (
        "      purchased_at: at", r"pick goes with one_row_per"),
    "      line_no: {number_within: basket}": (
        "      line_no: {number_within: order_id}", r"'basket' is not mapped"),
    "    csv: {decimal: ',', encoding: utf9}": (
        "    csv: {decimal: ','}", r"'utf9' is not an encoding"),
    "    csv: {decimal: ';'}": ("    csv: {decimal: ','}", r"csv\.decimal.*';'"),
    "    filez: tickets*.csv": ("    files: tickets*.csv", r"filez is not.*did you mean files"),
    "version: 2": ("version: 1", r":1: version: .*1.*found 2"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told(corner, mistake):
    right, message = MISTAKES[mistake]
    assert right in WHOLE
    path = corner.write("sources.yaml", WHOLE.replace(right, mistake, 1))
    with pytest.raises(SourceError, match=message) as caught:
        read_source_file(path)
    assert str(path) in caught.value.message
    assert caught.value.remedy


INPUTS = {
    "columns: {item_id: a}": "give either files or database",
    "files: a.csv\n    database: {sqlite: a.db, table: t}\n    columns: {item_id: a}":
        "give either files or database",
    "files: a.csv\n    one_row_per: [sku]\n    columns: {item_id: a}": "sku is not among columns",
    "database: {sqlite: a.db, table: t, since: b}\n    one_row_per: [item_id]\n"
    "    columns: {item_id: a}": "leave since out",
    "files: a.csv\n    one_row_per: [item_id]\n"
    "    columns: {item_id: a, name: {number_within: item_id}}": "leave one_row_per out",
    "files: a.csv\n    one_row_per: [item_id]\n    set_aside: [{when: a, reason: why not}]\n"
    "    columns: {item_id: a}": "use where",
    "files: a.csv\n    columns: {item_id: {column: a, normalise: phone}}": "goes with hash",
    "files: a.csv\n    one_row_per: [item_id]\n"
    "    columns: {item_id: a, name: {column: b, pick: median}}": "goes with numbers",
    "files: a.csv\n    columns: {item_id: a, list_price: {column: b, decimal: ';'}}": "decimal",
}  # fmt: skip


@pytest.mark.parametrize("told", INPUTS)
def test_fields_that_contradict_each_other(corner, told):
    corner.map(f"  products:\n    {told}\n")
    with pytest.raises(SourceError, match=INPUTS[told]):
        read_source_file(corner.folder / "sources.yaml")


def test_a_mandatory_column_left_out_is_told_with_its_meaning(corner):
    corner.write("sources.yaml", WHOLE.replace("      order_id: ticket\n", ""))
    with pytest.raises(SourceError, match="order_id"):
        read_source_file(corner.folder / "sources.yaml")


def test_a_key_told_twice_is_refused(corner):
    path = corner.write("sources.yaml", WHOLE + "name: again\n")
    with pytest.raises(SourceError, match="'name' is told twice"):
        read_source_file(path)


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "a: [1\n", "just words"])
def test_no_yaml_or_no_mapping(corner, text):
    with pytest.raises(SourceError, match=r"sources\.yaml"):
        read_source_file(corner.write("sources.yaml", text))


def test_a_yaml_dump_is_read_back_the_same(corner):
    first = read_source_file(corner.write("sources.yaml", WHOLE))
    dumped = yaml.safe_dump(first.model_dump(exclude_defaults=True, by_alias=True))
    assert read_source_file(corner.write("again.yaml", dumped)) == first


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ("{sqlite: a.db, duckdb: b.db, table: t}", "exactly one of duckdb, sqlite, url_env"),
        ("{table: t}", "exactly one of duckdb, sqlite, url_env"),
        ("{url_env: 'postgresql://me:pw@host/db', table: t}", "url_env"),
        ("{sqlite: a.db, table: t, since: {column: at, window: 0}}", "0 is not a width"),
        ("{sqlite: a.db, table: t, since: {column: at, window: week}}", "window"),
        ("{sqlite: a.db}", "database.table"),
    ],
)
def test_a_database_told_wrongly(corner, told, message):
    corner.map(f"  products:\n    database: {told}\n    columns: {{item_id: a}}\n")
    with pytest.raises(SourceError, match=message):
        read_source_file(corner.folder / "sources.yaml")


def test_a_source_is_found_by_name_by_file_and_by_folder(corner, monkeypatch):
    path = corner.write("sources.yaml", WHOLE)
    assert [one.name for one in find_source(str(path))] == ["corner_shop"]
    assert [one.name for one in find_source(str(corner.folder))] == ["corner_shop"]
    path.unlink()
    with pytest.raises(SourceError, match=r"nextbest ingest --init"):
        find_source(str(corner.folder))
    with pytest.raises(SourceError, match="did you mean complete_journey"):
        find_source("complete_jurney")
    with pytest.raises(SourceError, match=r"nothing\.yaml"):
        find_source(str(corner.folder / "nothing.yaml"))


def test_a_folder_from_the_environment(corner, monkeypatch):
    path = corner.write("sources.yaml", "folder_env: SHOP_FOLDER\n" + WHOLE)
    monkeypatch.delenv("SHOP_FOLDER", raising=False)
    with pytest.raises(SourceError, match=r"SHOP_FOLDER .*not set"):
        find_source(str(path))
    monkeypatch.setenv("SHOP_FOLDER", str(corner.folder / "absent"))
    with pytest.raises(SourceError, match=r"SHOP_FOLDER .*is no folder"):
        find_source(str(path))
