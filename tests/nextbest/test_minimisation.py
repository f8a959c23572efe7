"""The minimisation report: true of the code, and right in its verdicts."""

import json
import re
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from bundle.files import read_bundle
from bundle.usage import ColumnUse
from features.definitions import FEATURES
from features.derived import DERIVED
from features.door import prepare
from features.schemas import TABLES
from nextbest.minimisation.build import minimisation
from nextbest.minimisation.consumers import (
    READERS,
    ROLES,
    STORAGE,
    Reader,
    outside_columns,
)
from nextbest.minimisation.report import (
    Minimisation,
    feature_rows,
    recommendations,
    source_rows,
)
from nextbest.minimise import minimise
from tests.bundle.support import make_parts, write

ROOT = Path(__file__).resolve().parents[2]
READS = re.compile(
    rf"\b(?:from|join)\s+(?:main\.)?({'|'.join([*TABLES, *DERIVED])})\b", re.IGNORECASE
)
BY_REGISTRY = ("features/definitions/", "features/sources/")


def files(where: str) -> list[Path]:
    return sorted((ROOT / where).rglob("*.py")) if where.endswith("/") else [ROOT / where]


def readers_in_code() -> dict[str, set[str]]:
    found = {}
    for package in ("features", "bundle", "training", "serving", "nextbest"):
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            tables = {match.lower() for match in READS.findall(path.read_text(encoding="utf-8"))}
            if tables and not name.startswith((*BY_REGISTRY, *STORAGE)):
                found[name] = {"transactions" if t in DERIVED else t for t in tables}
    return found


def test_whoever_reads_a_table_is_declared():
    for name, tables in readers_in_code().items():
        declared = {
            table
            for reader in READERS
            if name.startswith(tuple(f for f in reader.files))
            for table in reader.reads
        }
        assert tables <= declared, name


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_what_is_declared_stands_in_the_code(reader: Reader):
    assert reader.role in ROLES
    text = "\n".join(p.read_text(encoding="utf-8") for where in reader.files for p in files(where))
    for table, columns in reader.reads.items():
        assert set(columns) <= set(TABLES[table].names)
        assert [c for c in columns if not re.search(rf"\b{c}\b", text)] == []


def test_columns_asked_for_by_name_are_snapshot_columns():
    known = {feature.name for feature in FEATURES}
    for consumer, columns in outside_columns().items():
        assert set(columns) <= known, consumer


def test_verdicts_of_snapshot_columns():
    some = FEATURES[:5]
    a, b, c, d, e = (feature.name for feature in some)
    uses = [
        ColumnUse(a, "model churn", 10, 0.9995),
        ColumnUse(b, "model churn", 1, 0.0005),
        ColumnUse(c, "model churn", 0, 0.0),
        ColumnUse(d, "condition win_back"),
    ]
    rows = {row.name: row for row in feature_rows(some, uses, {"segments": [c]})}
    assert [rows[n].verdict for n in (a, b, c, d, e)] == [
        "used", "hardly used", "used", "used", "for nothing",
    ]  # fmt: skip
    assert rows[c].users == ("segments",)
    assert rows[b].gain == {"model churn": 0.0005}
    alone = feature_rows(some, uses, {})
    assert alone[2].verdict == "offered, never used"


def test_verdicts_of_canonical_columns():
    features = feature_rows(FEATURES[:2], [ColumnUse(FEATURES[0].name, "condition x")], {})
    lineage = {
        FEATURES[0].name: frozenset({("transactions", "amount")}),
        FEATURES[1].name: frozenset({("transactions", "discount")}),
    }
    readers = [
        Reader("names", "shows", (), {"products": ("name",)}),
        Reader("gate", "guards", (), {"stock_levels": ("quantity",)}, "analytics"),
    ]
    rows = {
        (row.table, row.column): row
        for row in source_rows(features, lineage, readers, {("third_party", "value"): 9})
    }
    assert rows["transactions", "amount"].verdict == "used"
    assert rows["transactions", "discount"].verdict == "unused features only"
    assert rows["transactions", "order_id"].verdict == "key"
    assert rows["transactions", "source"].verdict == "provenance"
    assert rows["products", "name"].verdict == "shown only"
    assert rows["stock_levels", "quantity"].readers == ("gate (analytics)",)
    assert rows["third_party", "value"].verdict == "for nothing"
    assert len(rows) == sum(len(table.names) for table in TABLES.values())
    said = recommendations(features, list(rows.values()))
    assert said[0] == (
        "Stop ingesting, or delete (about persons, read by nothing): third_party.value."
    )
    assert "customers.country" not in " ".join(said), "an empty column needs no advice"


@pytest.fixture(scope="module")
def bundle_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("minimise") / "bundle"
    write(folder, make_parts())
    return folder


@pytest.fixture(scope="module")
def report(bundle_folder: Path) -> Minimisation:
    con = duckdb.connect()
    prepare(con)
    con.execute(
        "insert into main.third_party by name select 'c1' as customer_id, 'car' as attribute,"
        " 'yes' as value, 'p' as provider, 0 as obtained_at, 'test' as source"
    )
    found = minimisation(read_bundle(bundle_folder), con)
    con.close()
    return found


def test_the_whole_report_covers_every_column(report: Minimisation):
    assert [row.name for row in report.features] == [feature.name for feature in FEATURES]
    filled = {(row.table, row.column): row.filled for row in report.sources}
    assert filled["third_party", "value"] == 1
    assert filled["customers", "country"] == 0
    churn = next(row for row in report.features if row.name == FEATURES[3].name)
    assert churn.gain["model churn"] > 0
    assert report.bundle_version
    assert json.loads(json.dumps(report.as_json()))["features"][3]["verdict"] == "used"


def test_the_command_prints_and_writes_json(
    home: Path, bundle_folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NEXTBEST_HOME", str(home))
    monkeypatch.setenv("NEXTBEST_BUNDLE", str(bundle_folder))
    told = CliRunner().invoke(minimise, [])
    assert told.exit_code == 0, told.output
    assert "Snapshot columns: " in told.output
    assert "Canonical columns: " in told.output
    everything = CliRunner().invoke(minimise, ["--all"])
    assert len(everything.output.splitlines()) > len(told.output.splitlines())
    written = json.loads(CliRunner().invoke(minimise, ["--json"]).output)
    assert len(written["features"]) == len(FEATURES)
    assert written["caveats"]


def test_without_a_bundle_the_command_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NEXTBEST_HOME", str(tmp_path))
    monkeypatch.delenv("NEXTBEST_BUNDLE", raising=False)
    told = CliRunner().invoke(minimise, [])
    assert told.exit_code == 1
    assert "nextbest train" in told.stderr
