"""The command ``experience``, and what the service then answers."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from duckdb import DuckDBPyConnection

from features.sources.base import Portion
from nextbest.cli import main
from nextbest.experience_lines import readable
from serving.experience import ExperienceQuery, ExperienceReports
from serving.stores import open_stores
from serving.stores.ports import ConsentRow
from tests.training.experience.support import AS_OF, shop


@dataclass(frozen=True)
class Shop:
    """A ``Source`` of these frames."""

    frames: Mapping[str, pd.DataFrame]
    name: str = "shop"

    def portions(self) -> Sequence[Portion]:
        return (Portion("all", lambda: hashlib.sha256(b"shop").hexdigest(), self.load),)

    def load(self, con: DuckDBPyConnection) -> None:
        for name, frame in self.frames.items():
            con.register("drawn", frame)
            con.execute(f"create or replace table raw.{name} as select * from drawn")
            con.unregister("drawn")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from features.ingest import ingest

    home = tmp_path_factory.mktemp("measured")
    ingest((Shop(shop()),), home / "tables", home / "bad", as_known_at=AS_OF + 86_400)
    return home


def run(home: Path, *arguments: str) -> Result:
    found = CliRunner().invoke(main, ["experience", *arguments], env={"NEXTBEST_HOME": str(home)})
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


@pytest.mark.slow
def test_it_measures_shows_and_is_served(home: Path, tmp_path: Path) -> None:
    told = run(home, "--by", "touchpoint", "--out", str(tmp_path))
    assert told.exit_code == 0, told.output
    written = json.loads((home / "experience" / "experience.json").read_text("utf-8"))
    for line in readable(written, "touchpoint"):
        assert line in told.stdout
    assert (tmp_path / "experience.html").is_file()
    assert (home / "experience" / "customers.parquet").is_file()
    reports = ExperienceReports(home / "experience" / "experience.json")
    answer = reports.answer(ExperienceQuery(metric="nps", touchpoint="shop"))
    assert len(answer["rows"]) == 1
    assert f"{answer['rows'][0]['estimate']:+.1f}" in told.stdout


@pytest.mark.slow
def test_json_is_the_report_and_a_withdrawal_told_to_the_service_binds(
    home: Path,
) -> None:
    first = json.loads(run(home, "--json").stdout)
    assert first == json.loads((home / "experience" / "experience.json").read_text("utf-8"))
    stores = open_stores(f"sqlite:///{home / 'nextbest.db'}")
    stores.consents.append(
        [ConsentRow("c004", "analytics", "any", "withdrawn", AS_OF + 5, None, "preferences")]
    )
    stores.close()
    second = json.loads(run(home, "--json").stdout)
    assert first["coverage"]["left_out_customers"] == 0
    assert second["coverage"]["left_out_customers"] == 1
    assert second["coverage"]["answers"] < first["coverage"]["answers"]


def test_a_date_outside_the_data_is_refused_with_those_that_would_do(home: Path) -> None:
    for day in ("2019-01-01", "2031-01-01"):
        told = run(home, "--as-of", day)
        assert told.exit_code == 1
        assert f"--as-of {day} is outside the data" in told.stderr
        assert re.search(r"choose a date from 2024-01-\d\d to 2024-11-\d\d", told.stderr)


def test_without_tables_it_says_what_to_do(tmp_path: Path) -> None:
    told = run(tmp_path)
    assert told.exit_code == 1
    assert "nextbest ingest" in told.stderr


def test_an_unknown_dimension_is_a_wrong_use(home: Path) -> None:
    assert run(home, "--by", "shoe_size").exit_code == 2


ROW = {
    "metric": "nps", "by": "overall", "value": "all", "period": "all", "n": 50, "customers": 40,
    "estimate": 100.0, "low": 90.0, "high": 100.0, "interval": "bootstrap", "asked": 100,
    "response_rate": 0.5, "weighted": None, "weighted_low": None, "weighted_high": None,
    "source": "answered",
}  # fmt: skip
FEW = {**ROW, "period": "2017-11", "estimate": None, "low": None, "high": None, "customers": 3}
STEP = {"measure": "hours_to_resolution_p90", "by": "overall", "value": "all", "period": "all",
        "n": 9, "estimate": 60.0, "low": 50.0, "high": None}  # fmt: skip
REPORT = {
    "coverage": {"answers": 50, "customers": 40, "left_out_customers": 0, "left_out_answers": 0},
    "rows": [ROW, FEW],
    "non_response": {"reason": "no request is recorded", "balance": []},
    "inferred": {"nps": {"used": False}},
    "journeys": {"contacts": [STEP, {**STEP, "estimate": None}], "visits": []},
    "comments": {
        "overall": {"n": 4, "estimate": 0.25},
        "topics": {"late": {"n": 4, "estimate": None}},
    },
    "notes": ["no weights"],
}


def test_what_is_not_known_is_said_in_words() -> None:
    text = "\n".join(readable(REPORT, "overall"))
    assert "+100.0" in text
    assert "█" * 16 in text
    assert "60 [50, open]" in text
    assert "not reached" in text
    assert "mean sentiment 0.25" in text
    assert "note: no weights" in text
    assert "Who answers" not in text
    assert "too few customers (3)" in "\n".join(readable(REPORT, "period"))
