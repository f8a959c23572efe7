"""Rows chosen, set aside, numbered, weighed and grouped; portions and their fingerprints."""

import pytest

from features.errors import SourceError
from features.sources.mapped.source import Mapped
from tests.features.sources.conftest import HEAD

LINES = """\
ticket,who,sku,title,at,n,total,kind
T1,ana,a,Apple,2024-05-01 10:00,2,3.00,
T1,ana,b,Pear,2024-05-01 10:00,1,2.00,
T2,,a,apple,2024-05-02 10:00,1,1.50,
T1,ana,a,Apple,2024-05-01 10:00,1,1.50,
T3,bob,a,Apple,2024-05-03 10:00,-1,-1.50,return
T4,bob,,Delivery,2024-05-03 11:00,1,4.00,fee
T5,bob,z,Test,2024-05-03 12:00,1,9.00,
T6,,b,damaged,2024-05-03 12:00,-3,0,
"""
SALES = """\
  products:
    files: lines*.csv
    where: sku is not null and sku <> 'z' and title <> 'damaged'
    one_row_per: [item_id]
    columns:
      item_id: sku
      name: {column: title, pick: most_frequent}
      list_price: {sql: try_cast(total as DOUBLE) / try_cast(n as DOUBLE), pick: median}
  customers:
    files: lines*.csv
    one_row_per: [customer_id]
    columns: {customer_id: who}
  transactions:
    files: lines*.csv
    set_aside:
      - {when: sku = 'z', reason: test line}
      - {when: try_cast(n as INTEGER) < 0 and kind is null, reason: written off}
    columns:
      order_id: ticket
      customer_id: who
      item_id: sku
      purchased_at: at
      quantity: n
      amount: total
      line_type: {column: kind, values: {"*": sale, return: return, fee: fee}}
      channel: {constant: shop}
      label: {sql: case when kind = 'fee' then lower(title) end}
"""


@pytest.fixture
def sales(corner):
    corner.write("lines.csv", LINES)
    corner.map(SALES)
    return corner


def test_lines_only_make_a_whole_shop(sales):
    report = sales.ingest(max_bad=0)
    lines = report.tables["transactions"]
    assert (lines.read, lines.new, lines.quarantined) == (8, 6, 0)
    assert lines.set_aside_reasons == {"test line": 1, "written off": 1}
    con = sales.tables()
    products = con.execute("select item_id, name, list_price, status from products order by 1")
    assert products.fetchall() == [("a", "Apple", 150, "active"), ("b", "Pear", 200, "active")]
    assert con.execute("select customer_id from customers order by 1").fetchall() == [
        ("ana",), ("bob",)
    ]  # fmt: skip
    assert con.execute(
        "select order_id, line_no, customer_id, item_id, line_type, quantity, amount, discount,"
        " label, source from transactions order by 1, 2"
    ).fetchall() == [
        ("T1", 1, "ana", "a", "sale", 2, 300, 0, None, "corner_shop"),
        ("T1", 2, "ana", "b", "sale", 1, 200, 0, None, "corner_shop"),
        ("T1", 3, "ana", "a", "sale", 1, 150, 0, None, "corner_shop"),
        ("T2", 1, None, "a", "sale", 1, 150, 0, None, "corner_shop"),
        ("T3", 1, "bob", "a", "return", -1, -150, 0, None, "corner_shop"),
        ("T4", 1, "bob", None, "fee", 1, 400, 0, "delivery", "corner_shop"),
    ]


def test_the_same_again_reads_nothing_and_changes_nothing(sales):
    sales.ingest()
    assert sales.ingest().skipped
    again = sales.ingest(force=True).tables["transactions"]
    assert (again.new, again.updated, again.unchanged) == (0, 0, 6)


def test_a_new_file_is_all_that_is_read(sales):
    sales.ingest()
    sales.write("lines-2.csv", LINES.splitlines()[0] + "\nT9,cy,b,Pear,2024-05-09,1,2.00,\n")
    report = sales.ingest()
    assert report.portions_skipped == 1
    lines = report.tables["transactions"]
    assert (lines.read, lines.new) == (1, 1)
    assert report.tables["customers"].new == 1
    assert report.tables["products"].unchanged == 2


def test_a_corrected_cell_updates_its_row(sales):
    sales.ingest()
    sales.write("lines.csv", LINES.replace("2,3.00", "2,2.80"))
    lines = sales.ingest().tables["transactions"]
    assert (lines.new, lines.updated, lines.unchanged) == (0, 1, 5)


def test_a_fingerprint_is_the_file_and_its_mapping(sales):
    def fingerprints():
        source = Mapped(sales.folder / "sources.yaml")
        return {portion.name: portion.fingerprint() for portion in source.portions()}

    first = fingerprints()
    assert set(first) == {"products", "customers", "transactions:lines.csv"}
    assert fingerprints() == first
    sales.map(SALES.replace("{constant: shop}", "{constant: web}"))
    changed = {name for name, value in fingerprints().items() if value != first[name]}
    assert changed == {"transactions:lines.csv"}
    sales.write("lines.csv", LINES + "\n")
    assert not set(fingerprints().values()) & set(first.values())


def test_values_equally_frequent_the_first_stays(sales):
    sales.write("lines.csv", LINES.replace("T1,ana,a,Apple", "T1,ana,a,Zapple", 1))
    rows = dict(sales.raw("products", "item_id, name"))
    assert rows["a"] == "Apple", "twice"
    sales.write("lines.csv", "\n".join(LINES.splitlines()[:1] + LINES.splitlines()[3:5]) + "\n")
    assert dict(sales.raw("products", "item_id, name"))["a"] == "apple", "once each, this one first"


@pytest.mark.parametrize(
    ("pick", "expected"),
    [("first", 300), ("last", -150), ("min", -150), ("max", 300), ("sum", 450), ("median", 150)],
)
def test_what_is_picked_of_a_group(corner, pick, expected):
    corner.write("lines.csv", LINES)
    corner.map(
        "  products:\n    files: lines.csv\n    where: sku = 'a'\n    one_row_per: [item_id]\n"
        f"    columns: {{item_id: sku, list_price: {{column: total, pick: {pick}}}}}\n"
    )
    assert corner.raw("products", "item_id, list_price") == [("a", expected)]


def test_a_cell_that_cannot_be_read_is_told_and_spoils_no_group(corner):
    corner.write("lines.csv", "sku,total\na,1.00\na,dear\nb,2.00\n")
    corner.map(
        "  products:\n    files: lines.csv\n    one_row_per: [item_id]\n"
        "    columns: {item_id: sku, list_price: {column: total, pick: median}}\n"
    )
    rows = corner.raw("products", "item_id, list_price, len(_faults)")
    assert sorted(rows, key=str) == [("a", 100, None), ("a", None, 1), ("b", 200, None)]


def test_groups_over_files_of_several_kinds(corner):
    corner.write("l-1.csv", "sku,at\na,2024-01-01 10:00\n")
    corner.write("l-2.csv", "sku,at\na,2023-01-01T10:00:00Z\nb,2022-01-01T10:00:00Z\n")
    corner.map(
        "  products:\n    files: l-*.csv\n    one_row_per: [item_id]\n"
        "    columns: {item_id: sku, launched_at: {column: at, pick: first}}\n"
    )
    assert sorted(corner.raw("products", "item_id, launched_at")) == [
        ("a", 1704103200), ("b", 1641031200)
    ]  # fmt: skip


def test_event_types_and_weights_are_told_once(corner):
    corner.write("web.csv", "id,who,at,what\n1,v,2024-01-01,voir\n2,v,2024-01-01,panier\n")
    head = HEAD.replace("tables:", "event_weights: {product_view: 1, add_to_cart: 3}\ntables:")
    columns = (
        "  events:\n    files: web.csv\n    columns: {event_id: id, visitor_id: who,"
        " session_id: who, occurred_at: at, event_type: {column: what, values:"
        " {voir: product_view, panier: add_to_cart, '*': search}}"
    )
    corner.map(columns + "}\n", head)
    assert corner.raw("events", "event_type, weight") == [
        ("product_view", 1.0), ("add_to_cart", 3.0)
    ]  # fmt: skip
    corner.map(columns + ", weight: {constant: 0.5}}\n", head)
    assert corner.raw("events", "weight") == [(0.5,), (0.5,)]
    corner.map(columns.replace("voir: product_view", "voir: wishlist") + "}\n", head)
    assert corner.raw("events", "weight") == [(None,), (3.0,)], "not told: counts as 1"


def test_one_file_may_give_several_inputs_of_a_table(corner):
    corner.write("p.csv", "who,mail,tel,at\nana,A@x.org,+44 1,2024-01-01\nbob,,,2024-01-01\n")
    one = (
        "    - files: p.csv\n      where: {0} is not null\n      columns: {{identifier_type:"
        " {{constant: {1}}}, customer_id: who, observed_at: at, value: {{column: {0},"
        " hash: sha256, normalise: {2}}}}}\n"
    )
    corner.map(
        "  identifiers:\n"
        + one.format("mail", "email_sha256", "email")
        + one.format("tel", "phone_sha256", "phone")
    )
    names = [portion.name for portion in Mapped(corner.folder / "sources.yaml").portions()]
    assert names == ["identifiers:p.csv", "identifiers.2:p.csv"]
    rows = corner.raw("identifiers", "identifier_type, customer_id, length(value)")
    assert rows == [("email_sha256", "ana", 64), ("phone_sha256", "ana", 64)]


def test_an_expression_that_fails_while_it_runs_names_its_table(corner):
    corner.write("lines.csv", "sku,n\na,x\n")
    corner.map(
        "  products:\n    files: lines.csv\n"
        "    columns: {item_id: sku, name: {sql: cast(n as INTEGER)}}\n"
    )
    with pytest.raises(SourceError, match=r"tables\.products.*fails.*try_cast"):
        corner.raw("products")


@pytest.mark.parametrize(
    "told",
    [
        "where: \"1 = 1) or exists (select 1 from read_text('secret')\"",
        "derived: {x: (select 1)}",
        "set_aside: [{when: 'true; drop table raw.products', reason: attack}]",
        "columns: {item_id: {sql: read_text('secret')}}",
    ],
)
def test_no_field_runs_anything_but_an_expression(corner, told):
    corner.write("lines.csv", "sku\na\n")
    columns = "" if "columns" in told else "    columns: {item_id: sku}\n"
    corner.map(f"  products:\n    files: lines.csv\n    {told}\n{columns}")
    with pytest.raises(SourceError, match=r"tables\.products\."):
        corner.raw("products")


def test_a_derived_name_may_not_hide_a_column(corner):
    corner.write("lines.csv", "sku\na\n")
    corner.map(
        "  products:\n    files: lines.csv\n    derived: {SKU: upper(sku)}\n"
        "    columns: {item_id: sku}\n"
    )
    with pytest.raises(SourceError, match="'SKU' is a column of the input"):
        corner.raw("products")
