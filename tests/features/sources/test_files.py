"""Text files as shops write them, Parquet, and what cannot be read."""

import gzip

import duckdb
import pytest

from features.errors import SourceError

PRODUCTS = (
    "  products:\n    files: {files}\n    csv: {csv}\n    columns: {{item_id: sku, name: title}}\n"
)


def read(corner, files="a.csv", csv="{}"):
    corner.map(PRODUCTS.format(files=files, csv=csv))
    return corner.raw("products", "item_id, name")


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_in_the_first_line(corner, mark):
    corner.write("a.csv", f'sku{mark}"title"\n007{mark}"a {mark} b"\n')
    assert read(corner) == [("007", f"a {mark} b")]


def test_cells_may_hold_quotes_and_line_breaks(corner):
    corner.write("a.csv", 'sku,title\r\n1,"say ""hi"""\r\n2,"two\nlines"\r\n,""\r\n')
    assert read(corner) == [("1", 'say "hi"'), ("2", "two\nlines"), (None, None)]


def test_another_delimiter_quote_and_encoding(corner):
    corner.write("a.txt", "sku~title\n1~'café ~ crème'\n".encode("cp1252"))
    told = "{delimiter: '~', quote: \"'\", encoding: cp1252}"
    assert read(corner, "a.txt", told) == [("1", "café ~ crème")]


def test_a_wrong_encoding_is_told(corner):
    corner.write("a.csv", "sku,title\n1,café\n".encode("cp1252"))
    with pytest.raises(SourceError, match=r"a\.csv cannot be read.*csv\.encoding"):
        read(corner)


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "utf-8-sig", "utf-8"])
def test_encodings_with_and_without_a_mark(corner, encoding):
    corner.write("a.csv", "sku,title\n1,été\n".encode(encoding))
    assert read(corner, csv=f"{{encoding: {encoding}}}") == [("1", "été")]


def test_a_byte_order_mark_is_no_part_of_a_name(corner):
    corner.write("a.csv", "\ufeffsku,title\n1,x\n")
    assert read(corner) == [("1", "x")]


def test_compressed_files_and_tabs_by_their_ending(corner):
    corner.write("a.csv.gz", gzip.compress(b"sku,title\n1,x\n"))
    corner.write("b.tsv", "sku\ttitle\n2\ta,b;c\n")
    assert read(corner, "a.csv.gz") == [("1", "x")]
    assert read(corner, "b.tsv") == [("2", "a,b;c")]


def test_a_compressed_file_of_another_encoding(corner):
    corner.write("a.csv.gz", gzip.compress("sku,title\n1,é\n".encode("cp1252")))
    assert read(corner, "a.csv.gz", "{encoding: cp1252}") == [("1", "é")]


def test_without_a_header_columns_have_numbers(corner):
    corner.write("a.csv", "1,x\n2,y\n")
    corner.map(
        "  products:\n    files: a.csv\n    csv: {header: false}\n"
        "    columns: {item_id: column1, name: column2}\n"
    )
    assert corner.raw("products", "item_id, name") == [("1", "x"), ("2", "y")]


@pytest.mark.parametrize("header", ["sku,sku", "sku,,title", "", "sku,SKU"])
def test_a_header_that_names_no_columns(corner, header):
    corner.write("a.csv", f"{header}\n1,2\n")
    with pytest.raises(SourceError, match=r"a\.csv: its first line"):
        read(corner)


def test_broken_lines_are_quarantined_with_their_number_not_lost(corner):
    corner.write("a.csv", "sku,title\n1,x\n2\n3,y,z\n4,w\n")
    corner.write("sales.csv", "o,sku\n1,1\n")
    corner.map(
        PRODUCTS.format(files="a.csv", csv="{}")
        + "  transactions:\n    files: sales.csv\n    columns: {order_id: o, item_id: sku,"
        " purchased_at: {constant: '2024-01-01'}, quantity: {constant: 1}, amount: {constant: 1},"
        " channel: {constant: web}}\n"
    )
    report = corner.ingest(max_bad=1).tables["products"]
    assert (report.read, report.new, report.quarantined) == (4, 2, 2)
    found = duckdb.execute(
        'select "row", "value", reason from read_parquet(?) where "column" = ? order by all',
        [str(corner.folder / "home" / "quarantine" / "**" / "*.parquet"), "item_id"],
    ).fetchall()
    reason = "in a line that cannot be read"
    assert found == [(3, "line 3", reason), (4, "line 4", reason)]
    assert corner.tables().execute("select item_id from products order by 1").fetchall() == [
        ("1",), ("4",)
    ]  # fmt: skip


def test_parquet_keeps_its_types_and_numbers_become_ids(corner):
    duckdb.execute(
        "copy (select * from (values (1.0::DOUBLE, 'x'), (2.5, null), (null, 'z')) t(sku, title))"
        f" to '{corner.folder / 'a.parquet'}'"
    )
    assert read(corner, "a.parquet") == [("1", "x"), ("2.5", None), (None, "z")]


def test_a_portion_a_file_in_the_order_of_their_names(corner):
    for name in ("b", "a"):
        corner.write(f"s-{name}.csv", f"sku,title\n{name},x\n")
    assert read(corner, "s-*.csv") == [("a", "x"), ("b", "x")]


def test_a_glob_without_files_says_what_there_is(corner):
    corner.write("other.csv", "a\n")
    with pytest.raises(SourceError, match=r"no file matches 'a\*\.csv'.*other\.csv"):
        read(corner, "a*.csv")


@pytest.mark.parametrize(("name", "content"), [("a.parquet", b"PAR1 no"), ("a.csv.gz", b"no gzip")])
def test_a_file_that_is_not_what_its_name_says(corner, name, content):
    corner.write(name, content)
    with pytest.raises(SourceError, match=r"a.* cannot be read"):
        read(corner, name)


def test_a_file_of_no_known_kind(corner):
    corner.write("a.xlsx", b"PK")
    with pytest.raises(SourceError, match=r"a\.xlsx is of no known kind.*\.csv"):
        read(corner, "a.xlsx")


def test_a_column_that_is_not_in_the_file_is_told_with_a_suggestion(corner):
    corner.write("a.csv", "SKU,titel\n1,x\n")
    with pytest.raises(SourceError, match=r"products\.columns\.name: 'title'.*did you mean titel"):
        read(corner)


def test_names_are_quoted_never_run(corner):
    """A column or file name is a name, whatever it looks like."""
    odd = "x\") from read_text('a.csv') --"
    corner.write("it's a file.csv", 'sku,"' + odd.replace('"', '""') + '"\n1,y\n')
    quoted = "'" + odd.replace("'", "''") + "'"
    corner.map(
        '  products:\n    files: "it\'s a file.csv"\n'
        f"    columns: {{item_id: sku, name: {quoted}}}\n"
    )
    assert corner.raw("products", "item_id, name") == [("1", "y")]
