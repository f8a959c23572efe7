"""``nextbest features``: one folder a request, readable as one Parquet set."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from click.testing import Result

from features.ingest import ingest
from features.settings import read_settings
from tests.integration.village import NOW, Village

Run = Callable[..., Result]
DATES = ("--as-of", "2024-09-01", "--as-of", "2024-10-01", "--as-of", "2024-09-01")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Nothing but tables."""
    settings = read_settings({"NEXTBEST_HOME": str(tmp_path / "shop")})
    ingest([Village()], settings.tables, settings.quarantine, as_known_at=NOW)
    return settings.home


def told(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.output
    answer: dict[str, object] = json.loads(result.stdout)
    return answer


def test_several_dates_and_chosen_columns(run: Run, shop: Path) -> None:
    chosen = ("--columns", "spend_90d, orders_90d", "--json")
    done = told(run(shop, "features", *DATES, *chosen))
    table = pq.read_table(str(done["path"]))
    assert table.column_names[-2:] == ["orders_90d", "spend_90d"]
    assert (table.num_rows, table.num_columns) == (done["rows"], done["columns"])
    assert pc.count_distinct(table["customer_id"]).as_py() == done["customers"]
    assert pc.count_distinct(table["as_of"]).as_py() == 2


def test_the_same_command_again_builds_nothing(run: Run, shop: Path) -> None:
    few = ("--columns", "orders_90d")
    assert told(run(shop, "features", *DATES, *few, "--json"))["built"] == 16
    again = run(shop, "features", *DATES, *few)
    assert "nothing changed" in again.stdout
    other = told(run(shop, "features", *DATES, "--columns", "spend_90d", "--json"))
    assert other["built"] == 16
    assert told(run(shop, "features", *DATES, *few, "--json"))["built"] == 0


def test_before_the_first_ingestion_nothing_was_known(run: Run, shop: Path) -> None:
    few = ("--columns", "orders_90d", "--as-of", "2024-10-01")
    refused = run(shop, "features", *few, "--known-at", "2020-01-01")
    assert refused.exit_code == 1
    assert "No customer is known" in refused.stderr
    assert told(run(shop, "features", *few, "--known-at", "2030-01-01", "--json"))["rows"]


def test_a_column_that_is_none_is_wrong_use(run: Run, shop: Path) -> None:
    refused = run(shop, "features", "--columns", "orders_90d,nonsense")
    assert refused.exit_code == 2
    assert "nonsense" in refused.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENGINE", "polars"),
        ("MEMORY_LIMIT", "much"),
        ("MEMORY_LIMIT", "4"),
        ("MEMORY_LIMIT", "1MB"),
    ],
)
def test_a_wrong_setting_is_named(run: Run, shop: Path, name: str, value: str) -> None:
    refused = run(shop, "features", **{f"NEXTBEST_{name}": value})
    assert refused.exit_code == 1
    assert f"NEXTBEST_{name}='{value}'" in refused.stderr


def test_a_memory_limit_is_read_with_its_unit() -> None:
    for text, size in (("512MB", 512 * 10**6), ("4GB", 4 * 10**9), ("2 tb", 2 * 10**12)):
        assert read_settings({"NEXTBEST_MEMORY_LIMIT": text}).memory_limit == size
