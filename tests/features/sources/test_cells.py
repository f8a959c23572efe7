"""Amounts, numbers, yes and no, vocabularies and hashes."""

import hashlib

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.sources.mapped.cells import Cell, money_cell
from features.sources.mapped.columns import ColumnMap

_CON = duckdb.connect()
NBSP, NARROW, MINUS = chr(160), chr(8239), chr(8722)


def value(cell: Cell, text: str) -> object:
    return _CON.execute(f"select {cell.value} from (select ? as given)", [text]).fetchall()[0][0]


def cents(text: str, decimal: str = ".", currency: str = "GBP", **told: object) -> object:
    asked = ColumnMap.model_validate({"column": "given", **told})
    return value(money_cell("given", "VARCHAR", asked, decimal, currency), text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.50", 1250), ("1,234.56", 123456), ("1 234.5", 123450), (f"1{NBSP}234", 123400),
        (f"1{NARROW}234", 123400), ("1'234.00", 123400), ("£12.50", 1250), ("-£3", -300),
        ("£-3", -300), ("GBP 5", 500), ("5 GBP", 500), ("12.5-", -1250), ("(1,000)", -100000),
        (f"{MINUS}4", -400), ("+4", 400), (".5", 50), ("1e2", 10000), ("1.005", 101),
        ("-1.005", -101), ("0", 0), (" 7 ", 700),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_it_is_written(text, expected):
    assert cents(text) == expected


@pytest.mark.parametrize(
    "text",
    ["12,50", "1,23,456", "1.2.3", "€5", "$5", "nan", "inf", "--4", "5.", ".", "-", "()", "e5", "£",
     "1 2", "12 50", "0x10", "9" * 40, "a lot"],
)  # fmt: skip
def test_what_is_no_amount_is_not_guessed(text):
    assert cents(text) is None


@given(amount=st.integers(-(10**12), 10**12), grouped=st.booleans(), comma=st.booleans())
@settings(max_examples=300, deadline=None)
def test_an_amount_written_with_either_mark_comes_back(amount, grouped, comma):
    whole, rest = divmod(abs(amount), 100)
    text = f"{'-' if amount < 0 else ''}{whole:{',' if grouped else ''}d}.{rest:02d}"
    if comma:
        text = text.translate(str.maketrans(",.", ".,"))
    assert cents(text, "," if comma else ".") == amount


@given(amount=st.integers(-(10**12), 10**12), digits=st.integers(0, 8))
@settings(max_examples=200, deadline=None)
def test_minor_units_are_counted_by_their_digits(amount, digits):
    expected = abs(amount) * 100
    step = 10**digits
    rounded = (2 * expected + step) // (2 * step)
    assert cents(str(amount), unit=digits) == (rounded if amount >= 0 else -rounded)


def test_units_and_cents_differ_by_a_hundred():
    assert (cents("12345", unit="units"), cents("12345", unit="cents")) == (1234500, 12345)


def test_a_fraction_of_a_whole_number_is_a_fault_not_rounded(one_column):
    rows = one_column("quantity", ["3", "3.0", "1,000", "1.5", ""], "quantity")
    assert [row[0] for row in rows] == [3, 3, 1000, None, None]
    (fault,) = rows[3][1]
    assert (fault["column"], fault["value"]) == ("quantity", "1.5")
    assert "whole number" in fault["reason"]
    assert not rows[4][1], "an empty cell is no fault of the mapping"


def test_an_amount_at_fault_says_what_and_what_to_do(one_column):
    ((none, faults),) = one_column("amount", ["12,50"], "amount")
    assert none is None
    assert faults[0]["value"] == "12,50"
    assert "not an amount" in faults[0]["reason"]
    assert "1234.56" in faults[0]["remedy"]


def test_a_decimal_comma_is_told_once_for_the_file(one_column):
    assert one_column("amount", ["1.234,50"], "amount", '{decimal: ","}')[0][0] == 123450


def test_yes_and_no_in_several_languages(corner):
    corner.write(
        "c.csv", "id,at,done\n1,2024-01-01,oui\n2,2024-01-01,FALSE\n3,2024-01-01,perhaps\n"
    )
    corner.map(
        "  service_contacts:\n    files: c.csv\n    columns: {contact_id: id, customer_id: id,"
        " opened_at: at, resolved: done}\n"
    )
    rows = corner.raw("service_contacts", "resolved, _faults")
    assert [row[0] for row in rows] == [True, False, None]
    assert rows[2][1][0]["reason"] == "neither yes nor no"


def test_values_are_mapped_the_rest_by_a_star_or_left(one_column):
    told = {"column": "channel", "values": {"magasin": "shop", "no": None}}
    rows = one_column("channel", ["magasin", "no", "web"], told)
    assert [row[0] for row in rows] == ["shop", None, "web"]
    rows = one_column("channel", ["magasin", "x"], {"column": "channel", "values": {"*": "web"}})
    assert [row[0] for row in rows] == ["web", "web"]


def test_ids_keep_their_zeros_and_lose_their_blanks(one_column):
    rows = one_column("customer_id", [" 007 ", "0", "  "], "customer_id")
    assert [row[0] for row in rows] == ["007", "0", None]


@pytest.mark.parametrize(
    ("how", "cell", "clear"),
    [
        ("email", "  Ana@Example.ORG ", "ana@example.org"),
        ("phone", "+44 (0)20 7946-0000", "4402079460000"),
        ("phone", "0044 20 7946 0000", "442079460000"),
        ("text", " AbC ", "AbC"),
    ],
)
def test_a_personal_identifier_is_stored_as_a_digest_only(one_column, how, cell, clear):
    told = {"column": "customer_id", "hash": "sha256", "normalise": how}
    rows = one_column("customer_id", [cell, ""], told)
    assert [row[0] for row in rows] == [hashlib.sha256(clear.encode()).hexdigest(), None]


def test_nothing_left_after_normalising_is_no_identifier(one_column):
    told = {"column": "customer_id", "hash": "sha256", "normalise": "phone"}
    assert one_column("customer_id", ["none"], told)[0][0] is None
