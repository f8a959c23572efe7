"""The shipped mapping of Online Retail II: on a sample of its oddities, and on the real file."""

import os
from pathlib import Path

import duckdb
import pytest

from features.errors import SourceError
from features.ingest import ingest
from features.sources.catalog import find_source
from features.tables import open_tables

VARIABLE = "NEXTBEST_ONLINE_RETAIL_2"
HEADER = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
ROWS = """\
489434,85048,15CM CHRISTMAS GLASS BALL,12,2009-12-01 07:45:00,6.95,13085.0,United Kingdom
489434,85123A,WHITE HANGING HEART,6,2009-12-01 07:45:00,2.55,13085.0,United Kingdom
489434,85123a,WHITE HANGING HEART ,6,2009-12-01 07:45:00,2.55,13085.0,United Kingdom
489435,85048,15CM CHRISTMAS GLASS BALL,1,2010-07-01 12:00:00,7.25,,United Kingdom
C489436,85048,15CM CHRISTMAS GLASS BALL,-2,2010-07-02 12:00:00,6.95,13085.0,United Kingdom
489437,POST,POSTAGE,1,2010-07-02 12:00:00,18.0,12682.0,France
C489438,POST,POSTAGE,-1,2010-07-02 12:00:00,18.0,12682.0,France
489439,M,Manual,1,2010-07-02 12:00:00,373.57,,United Kingdom
C489440,D,Discount,-1,2010-07-02 12:00:00,15.65,13085.0,United Kingdom
A506401,B,Adjust bad debt,1,2010-04-29 13:36:00,-53594.36,,United Kingdom
489441,gift_0001_20,Dotcomgiftshop Gift Voucher £20.00,1,2010-07-02 12:00:00,17.02,,United Kingdom
489442,TEST001,This is a test product.,5,2010-02-12 14:58:00,4.5,13085.0,United Kingdom
489443,22076,damages,-30,2010-02-12 14:58:00,0.0,,United Kingdom
489444,22077,,10,2010-02-12 14:58:00,0.0,,United Kingdom
489445,22076,6 RIBBONS EMPIRE,12,2010-02-12 14:58:00,0.0,16126.0,Unspecified
489445,22076,6 RIBBONS EMPIRE,12,2010-02-12 14:58:00,0.0,16126.0,Unspecified
489446,47503J ,SET/3 FLORAL GARDEN TOOLS,1,2010-02-12 14:58:00,16.13,,Norway
489446,PADS,PADS TO MATCH ALL CUSHIONS,1,2010-02-12 14:58:00,0.001,16126.0,Unspecified
489447,C2,CARRIAGE,1,2010-02-12 14:58:00,50.0,14911.0,EIRE
489448,BANK CHARGES,Bank Charges,1,2010-02-12 14:58:00,15.0,16126.0,Unspecified
C489449,BANK CHARGES,Bank Charges,-1,2010-02-12 14:58:00,25.0,,United Kingdom
C489450,AMAZONFEE,AMAZON FEE,-1,2010-02-12 14:58:00,6706.71,,United Kingdom
C489451,S,SAMPLES,-1,2010-02-12 14:58:00,40.0,,United Kingdom
489452,ADJUST,Adjustment by john on 26/01/2010,1,2010-02-12 14:58:00,4.57,14911.0,EIRE
"""


def load(folder, monkeypatch, data):
    monkeypatch.setenv(VARIABLE, str(data))
    home = folder / "home"
    report = ingest(
        find_source("online_retail_2"), home / "tables", home / "quarantine",
        as_known_at=1_900_000_000, max_bad=0.01,
    )  # fmt: skip
    return report, open_tables(home / "tables")


@pytest.fixture(params=["csv", "parquet"])
def sample(request, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    if request.param == "csv":
        (data / "online_retail_II.csv").write_text(HEADER + ROWS, encoding="utf-8")
        return data
    (tmp_path / "rows.csv").write_text(HEADER + ROWS, encoding="utf-8")
    typed = (
        f"select * from read_csv('{tmp_path}/rows.csv',"
        " types = {'Invoice': 'VARCHAR', 'StockCode': 'VARCHAR', 'InvoiceDate': 'TIMESTAMP',"
        " 'Quantity': 'INTEGER', 'Price': 'DOUBLE', 'Customer ID': 'DOUBLE'})"
    )
    duckdb.execute(f"copy ({typed}) to '{data / 'year.parquet'}'")
    return data


def test_every_kind_of_line_is_told_apart(sample, tmp_path, monkeypatch):
    report, con = load(tmp_path, monkeypatch, sample)
    lines = report.tables["transactions"]
    assert (lines.read, lines.new, lines.quarantined, lines.set_aside) == (24, 21, 0, 3)
    assert lines.set_aside_reasons == {
        "test line of the shop itself": 1,
        "goods written off, not given back by a customer": 1,
        "stock found or moved, not sold": 1,
    }
    found = con.execute(
        "select order_id, line_no, customer_id, item_id, line_type, quantity, amount, label"
        " from transactions order by ltrim(order_id, 'AC'), line_no"
    ).fetchall()
    assert found == [
        ("489434", 1, "13085", "85048", "sale", 12, 8340, None),
        ("489434", 2, "13085", "85123A", "sale", 6, 1530, None),
        ("489434", 3, "13085", "85123A", "sale", 6, 1530, None),
        ("489435", 1, None, "85048", "sale", 1, 725, None),
        ("C489436", 1, "13085", "85048", "return", -2, -1390, None),
        ("489437", 1, "12682", None, "fee", 0, 1800, "postage"),
        ("C489438", 1, "12682", None, "adjustment", 0, -1800, "postage"),
        ("489439", 1, None, None, "adjustment", 0, 37357, "manual"),
        ("C489440", 1, "13085", None, "adjustment", 0, -1565, "discount"),
        ("489441", 1, None, None, "adjustment", 0, 1702, "gift voucher"),
        ("489445", 1, "16126", "22076", "sale", 12, 0, None),
        ("489445", 2, "16126", "22076", "sale", 12, 0, None),
        ("489446", 1, None, "47503J", "sale", 1, 1613, None),
        ("489446", 2, "16126", "PADS", "sale", 1, 0, None),
        ("489447", 1, "14911", None, "fee", 0, 5000, "carriage"),
        ("489448", 1, "16126", None, "fee", 0, 1500, "bank charges"),
        ("C489449", 1, None, None, "adjustment", 0, -2500, "bank charges"),
        ("C489450", 1, None, None, "adjustment", 0, -670671, "commission"),
        ("C489451", 1, None, None, "adjustment", 0, -4000, "samples"),
        ("489452", 1, "14911", None, "adjustment", 0, 457, "adjustment"),
        ("A506401", 1, None, None, "adjustment", 0, -5359436, "bad debt"),
    ]


def test_articles_and_customers_are_those_on_the_lines(sample, tmp_path, monkeypatch):
    _, con = load(tmp_path, monkeypatch, sample)
    products = con.execute("select item_id, name, list_price from products order by 1")
    assert products.fetchall() == [
        ("22076", "6 RIBBONS EMPIRE", None),
        ("47503J", "SET/3 FLORAL GARDEN TOOLS", 1613),
        ("85048", "15CM CHRISTMAS GLASS BALL", 710),
        ("85123A", "WHITE HANGING HEART", 255),
        ("PADS", "PADS TO MATCH ALL CUSHIONS", 0),
    ]
    customers = con.execute("select customer_id, country from customers order by 1")
    assert customers.fetchall() == [
        ("12682", "FR"), ("13085", "GB"), ("14911", "IE"), ("16126", None)
    ]  # fmt: skip


def test_clock_times_are_those_of_london(sample, tmp_path, monkeypatch):
    _, con = load(tmp_path, monkeypatch, sample)
    times = con.execute(
        "select order_id, purchased_at from transactions where order_id in ('489434', '489435')"
        " and line_no = 1 order by 1"
    ).fetchall()
    assert times == [("489434", 1259653500), ("489435", 1277982000)], "summer time in July"


def test_the_folder_of_the_data_is_asked_for(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(SourceError, match=VARIABLE):
        find_source("online_retail_2")


@pytest.fixture(scope="module")
def real_folder():
    beside = Path(__file__).resolve().parents[4] / "shared" / "data" / "online_retail_2"
    folder = Path(os.environ.get(VARIABLE, beside))
    if not list(folder.glob("*.parquet")):
        pytest.skip(f"Online Retail II is not here: set {VARIABLE} to its folder")
    return folder


@pytest.mark.slow
def test_of_the_real_file_every_line_is_accounted_for(real_folder, tmp_path, monkeypatch):
    report, con = load(tmp_path, monkeypatch, real_folder)
    lines = report.tables["transactions"]
    rows = f"read_parquet('{real_folder}/*.parquet')"
    read, codes = duckdb.execute(
        f"select count(*), count(distinct upper(trim(StockCode))) from {rows}"
    ).fetchall()[0]
    assert lines.read == read == lines.new + lines.set_aside + lines.quarantined
    assert lines.quarantined < 0.001 * read
    refused = duckdb.execute(
        f"select coalesce(sum(cast(value as BIGINT)), 0) from"
        f" read_parquet('{tmp_path}/home/quarantine/**/*.parquet') where \"column\" = 'amount'"
    ).fetchall()[0][0]
    kept = con.execute("select sum(amount) from transactions").fetchall()[0][0]
    given = duckdb.execute(
        "select sum(cast(round(cast(Price * Quantity as DECIMAL(20, 6)) * 100) as BIGINT))"
        f" from {rows} where upper(StockCode) not like 'TEST%'"
    ).fetchall()[0][0]
    assert kept + refused == given
    items = con.execute("select count(distinct item_id), count(*) from products").fetchall()[0]
    assert 0 < items[0] == items[1] < codes
    again, _ = load(tmp_path, monkeypatch, real_folder)
    assert again.skipped
