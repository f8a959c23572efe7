"""Mistakes of the tables and of the champion, planted and named with what mends each."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

from nextbest.doctor import model
from nextbest.doctor.findings import Site
from nextbest.terminal import now
from tests.integration.support import Trained, settings_of
from tests.nextbest.doctor.support import DAY, Plant, one


def test_tables_that_are_missing_or_altered(site: Plant, home: Path) -> None:
    path = min((home / "tables" / "transactions").rglob("*.parquet"))
    path.write_bytes(path.read_bytes()[:-100])
    assert path.name in one(model.tables(site()), "tables").message
    shutil.rmtree(home / "tables")
    assert "nextbest ingest" in one(model.tables(site()), "tables").remedy
    assert list(model.staleness(site())) == []


def test_a_clock_behind_the_data(site: Plant) -> None:
    early = replace(site(), now=0)
    assert "in the future" in one(model.tables(early), "clock").message


def test_no_champion_and_an_alias_that_leads_nowhere(site: Plant, tmp_path: Path) -> None:
    nothing = Site(settings_of(tmp_path / "empty"), {}, now())
    assert "nextbest train" in one(model.champion(nothing), "bundle").remedy
    told = one(model.champion(site(NEXTBEST_ALIAS="nobody")), "bundle")
    assert "'nobody'" in told.message
    assert "nextbest promote" in told.remedy


def test_a_champion_that_was_altered(site: Plant, home: Path, village: Trained) -> None:
    bundle = shutil.copytree(village.bundle, home / "broken")
    with (bundle / "actions.yaml").open("a") as stream:
        stream.write("# an edit\n")
    told = one(model.champion(site(NEXTBEST_BUNDLE=str(bundle))), "bundle")
    assert "actions.yaml" in told.message
    assert "rollback" in told.remedy


def test_a_champion_of_other_tables_or_of_long_ago(site: Plant, home: Path) -> None:
    path = home / "tables" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["tables"]["products"]["sha256"] = "0" * 64
    path.write_text(json.dumps(manifest))
    told = one(model.staleness(site()), "model", "warning")
    assert told.message.endswith("products.")
    manifest["data_end"] += 100 * DAY
    path.write_text(json.dumps(manifest))
    days = list(model.staleness(site()))
    assert len(days) == 2
    assert "the last 99 days" in days[1].message
