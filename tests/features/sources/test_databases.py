"""SQLite and DuckDB files: read as they are, never written, by windows of what grows."""

import sqlite3
from contextlib import closing

import duckdb
import pytest

from features.errors import SourceError
from features.sources.mapped.source import Mapped

COLUMNS = (
    "{order_id: id, customer_id: who, item_id: sku, purchased_at: at, quantity: n,"
    " amount: {sql: try_cast(total as DOUBLE)}, channel: {constant: shop}}"
)
ROWS = [
    ("T1", "ana", "a", "2024-01-05 10:00:00", 1, 1.1),
    ("T2", None, "a", "2024-01-31 23:59:59", 2, 2.2),
    ("T3", "bob", "b", "2024-03-01 00:00:00", 1, 0.3),
]


def sqlite_orders(corner, rows=ROWS, name="till.db"):
    with closing(sqlite3.connect(corner.folder / name)) as con:
        con.execute(
            'create table if not exists "or""der" (id, who, sku, at, n integer, total real)'
        )
        con.executemany('insert into "or""der" values (?, ?, ?, ?, ?, ?)', rows)
        con.commit()


def duckdb_orders(corner, rows=ROWS, name="till.duckdb"):
    with duckdb.connect(str(corner.folder / name)) as con:
        con.execute(
            'create table if not exists "or""der" (id VARCHAR, who VARCHAR, sku VARCHAR,'
            ' "at" TIMESTAMP, n INTEGER, total DECIMAL(9, 2))'
        )
        con.executemany('insert into "or""der" values (?, ?, ?, ?, ?, ?)', rows)


MAKE = {"sqlite": (sqlite_orders, "till.db"), "duckdb": (duckdb_orders, "till.duckdb")}


def mapping(kind, since=""):
    told = f"{{{kind}: {MAKE[kind][1]}, table: 'or\"der'{since}}}"
    return (
        f"  products:\n    database: {{{kind}: {MAKE[kind][1]}, table: 'or\"der'}}\n"
        "    one_row_per: [item_id]\n    columns: {item_id: sku}\n"
        f"  transactions:\n    database: {told}\n    columns: {COLUMNS}\n"
    )


@pytest.mark.parametrize("kind", MAKE)
def test_a_table_of_a_database_is_read(corner, kind):
    MAKE[kind][0](corner)
    corner.map(mapping(kind))
    corner.ingest(max_bad=0)
    con = corner.tables()
    assert con.execute(
        "select order_id, line_no, customer_id, item_id, purchased_at, quantity, amount"
        " from transactions order by 1"
    ).fetchall() == [
        ("T1", 1, "ana", "a", 1704448800, 1, 110),
        ("T2", 1, None, "a", 1706745599, 2, 220),
        ("T3", 1, "bob", "b", 1709251200, 1, 30),
    ]
    assert corner.ingest().skipped


@pytest.mark.parametrize("kind", MAKE)
def test_only_windows_that_changed_are_read(corner, kind):
    make = MAKE[kind][0]
    make(corner)
    corner.map(mapping(kind, ", since: at"))
    source = Mapped(corner.folder / "sources.yaml")
    names = [p.name for p in source.portions() if p.name.startswith("transactions")]
    assert names == ['transactions:or"der[2024-01]', 'transactions:or"der[2024-03]']
    assert corner.ingest().tables["transactions"].new == 3
    make(corner, [("T4", "cy", "b", "2024-03-09 10:00:00", 1, 5.0)])
    report = corner.ingest()
    lines = report.tables["transactions"]
    assert (lines.read, lines.new, lines.unchanged) == (2, 1, 1), "January is not read again"
    make(corner, [("T0", "cy", "b", "2024-01-02 10:00:00", 1, 5.0)])
    late = corner.ingest().tables["transactions"]
    assert (late.read, late.new) == (3, 1), "a late row of January is found too"


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize(
    ("window", "names"),
    [
        ("day", ["2024-01-05", "2024-01-31", "2024-03-01"]),
        ("year", ["2024"]),
    ],
)
def test_windows_of_days_and_years_hold_every_row_once(corner, kind, window, names):
    MAKE[kind][0](corner)
    corner.map(mapping(kind, f", since: {{column: at, window: {window}}}"))
    portions = Mapped(corner.folder / "sources.yaml").portions()
    assert [p.name.split("[")[1][:-1] for p in portions if "[" in p.name] == names
    assert sorted(corner.raw("transactions", "order_id")) == [("T1",), ("T2",), ("T3",)]


@pytest.mark.parametrize("kind", MAKE)
def test_windows_of_whole_numbers_and_of_none(corner, kind):
    rows = [(f"T{k}", "ana", "a", "2024-01-01 10:00:00", n, 1.0) for k, n in
            enumerate([-3, -1, 0, 1, 2, 7, None])]  # fmt: skip
    MAKE[kind][0](corner, rows)
    corner.map(mapping(kind, ", since: {column: n, window: 2}"))
    portions = Mapped(corner.folder / "sources.yaml").portions()
    found = {p.name.split("[")[1][:-1] for p in portions if "[" in p.name}
    assert found == {"-4", "-2", "0", "2", "6", "none"}
    assert len(corner.raw("transactions", "order_id")) == 7


def test_a_window_that_does_not_fit_the_column_is_told(corner):
    sqlite_orders(corner)
    corner.map(mapping("sqlite", ", since: {column: n, window: month}"))
    with pytest.raises(SourceError, match=r"column 'n'.*no window of month"):
        Mapped(corner.folder / "sources.yaml").portions()
    corner.map(mapping("sqlite", ", since: {column: sku, window: 10}"))
    assert [p.name for p in Mapped(corner.folder / "sources.yaml").portions()][1:] == [
        'transactions:or"der[0]'
    ], "SQLite takes a text for 0"
    corner.map(mapping("sqlite", ", since: {column: updated, window: month}"))
    with pytest.raises(SourceError, match=r"no column 'updated'"):
        Mapped(corner.folder / "sources.yaml").portions()


def test_cells_of_sqlite_may_change_their_type_from_row_to_row(corner):
    rows = [(None, "x", None, None, None, None)] * 3000 + [
        ("T1", 7, "a", "2024-01-05 10:00:00", "2", "1e1"),
        (12, "ana", b"raw", "2024-01-05 10:00:00", 3.0, 0.1 + 0.2),
    ]
    sqlite_orders(corner, rows)
    corner.map(mapping("sqlite"))
    rows = corner.raw("transactions", "order_id, customer_id, item_id, quantity, amount")
    assert rows[0] == (None, "x", None, None, None)
    assert rows[3000:] == [("T1", "7", "a", 2, 1000), ("12", "ana", "raw", 3, 30)]


def test_odd_types_of_duckdb_come_as_text(corner):
    with duckdb.connect(str(corner.folder / "till.duckdb")) as con:
        con.execute("create type mood as enum ('ok', 'bad')")
        con.execute(
            "create schema shop; create table shop.items as select"
            " uuid '6f1a1a1e-0000-4000-8000-000000000001' as id, 'ok'::mood as name,"
            " 12345678901234567890123::HUGEINT as big"
        )
    corner.map(
        "  products:\n    database: {duckdb: till.duckdb, schema: shop, table: items}\n"
        "    columns: {item_id: id, name: name, brand: big}\n"
    )
    assert corner.raw("products", "item_id, name, brand") == [
        ("6f1a1a1e-0000-4000-8000-000000000001", "ok", "12345678901234567890123")
    ]


@pytest.mark.parametrize("kind", MAKE)
def test_the_database_is_not_written_and_the_columns_not_used_are_not_read(corner, kind):
    MAKE[kind][0](corner)
    path = corner.folder / MAKE[kind][1]
    before = path.read_bytes()
    corner.map(mapping(kind))
    corner.ingest()
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ("{sqlite: absent.db, table: t}", r"absent\.db is missing"),
        ("{sqlite: till.db, table: nothing}", "no table nothing"),
        ("{duckdb: till.duckdb, table: nothing}", "no table"),
        ("{sqlite: sources.yaml, table: t}", "cannot be read"),
        ("{duckdb: sources.yaml, table: t}", "cannot be read"),
        ("{url_env: NO_SUCH_DATABASE_URL, table: t}", "NO_SUCH_DATABASE_URL is not set"),
    ],
)
def test_a_database_that_cannot_be_read(corner, told, message):
    sqlite_orders(corner)
    duckdb_orders(corner)
    corner.map(f"  products:\n    database: {told}\n    columns: {{item_id: a}}\n")
    with pytest.raises(SourceError, match=message):
        corner.ingest()


def test_a_column_that_is_not_in_the_table(corner):
    sqlite_orders(corner)
    corner.map(
        "  products:\n    database: {sqlite: till.db, table: 'or\"der'}\n"
        "    columns: {item_id: skuu}\n"
    )
    with pytest.raises(SourceError, match=r"'skuu' is not a column.*did you mean sku"):
        corner.raw("products")


def test_an_address_is_never_told(corner, monkeypatch):
    monkeypatch.setenv("SHOP_URL", "postgresql://me:s3cret@127.0.0.1:1/shop?connect_timeout=2")
    corner.map(
        "  products:\n    database: {url_env: SHOP_URL, table: t}\n    columns: {item_id: a}\n"
    )
    with pytest.raises(SourceError, match="SHOP_URL") as caught:
        Mapped(corner.folder / "sources.yaml").portions()
    assert "s3cret" not in str(caught.value)
    monkeypatch.setenv("SHOP_URL", "mysql://me:s3cret@host/shop")
    with pytest.raises(SourceError, match="no address of PostgreSQL") as caught:
        Mapped(corner.folder / "sources.yaml").portions()
    assert "s3cret" not in str(caught.value)
