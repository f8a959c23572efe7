"""The operations guide names every setting that the code reads, and nothing that it does not."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from nextbest.doctor.machine import KNOWN
from serving.stores import open_stores
from serving.stores.ports import StockRow

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "operations.md").read_text("utf-8")
PACKAGES = ("nextbest", "serving", "training", "bundle", "features")
NAME = re.compile(r"\bNEXTBEST_[A-Z0-9_]*[A-Z0-9]\b")


def test_the_table_of_settings_is_complete() -> None:
    table = GUIDE.split("## Settings", 1)[1].split("\n## ", 1)[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert sorted(NAME.findall(" ".join(rows))) == sorted(KNOWN)


def test_doctor_knows_every_setting_that_the_code_reads() -> None:
    read = {
        name
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.*")
        if path.suffix in (".py", ".yaml")
        for name in NAME.findall(path.read_text("utf-8"))
    }
    assert read == set(KNOWN)


def test_doctors_checks_are_in_the_guide() -> None:
    table = GUIDE.split("## What is wrong", 1)[1].split("\n## ", 1)[0]
    listed = {
        word.strip()
        for line in table.splitlines()
        if line.startswith("| ")
        for word in line.split("|")[1].split(",")
    }
    told = {
        check
        for path in (ROOT / "nextbest" / "doctor").glob("*.py")
        for check in re.findall(r'(?:Finding|fault)\(\s*"([a-z]+)"', path.read_text("utf-8"))
    }
    assert told <= listed


def test_links_of_the_guides_lead_somewhere() -> None:
    for name in ("operations.md", "use-cases.md"):
        text = (ROOT / "docs" / name).read_text("utf-8")
        for target in re.findall(r"\]\(([^)#]+)", text):
            assert (ROOT / "docs" / target).is_file(), f"{name}: {target}"


def test_a_store_saved_while_it_is_written_opens_and_holds_what_was_there(tmp_path: Path) -> None:
    store = open_stores(f"sqlite:///{tmp_path}/nextbest.db")
    store.stock.put([StockRow("i1", "online", 3.0, "in_stock", 1)])
    with (
        closing(sqlite3.connect(tmp_path / "nextbest.db")) as live,
        closing(sqlite3.connect(tmp_path / "saved.db")) as saved,
    ):
        # A page at a time, with a write in between: the copy starts again by itself.
        live.backup(
            saved,
            pages=1,
            progress=lambda *_: (
                store.stock.put([StockRow("i2", "online", 4.0, "in_stock", 1)])
                if not store.stock.changes_since(1)[0]
                else None
            ),
        )
    store.close()
    restored = open_stores(f"sqlite:///{tmp_path}/saved.db")
    rows, _ = restored.stock.changes_since(0)
    restored.close()
    assert [row.item_id for row in rows] == ["i1", "i2"]
    assert not (tmp_path / "saved.db-wal").exists()
