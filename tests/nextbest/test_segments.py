"""The command ``segments``."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from nextbest.segments import segments


def test_segments_of_the_village(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NEXTBEST_HOME", str(home))
    told = CliRunner().invoke(segments, [])
    assert told.exit_code == 0, told.output
    assert told.output.startswith("Segments as of ")
    folder = home / "segments"
    table = pq.read_table(folder / "customers.parquet")
    assert table.column_names == ["customer_id", "as_of", "segment", "cluster"]
    assert f"{table.num_rows:,} customers" in told.output
    written = json.loads((folder / "profiles.json").read_text(encoding="utf-8"))
    assert sum(written["left_out"].values()) > 0
    assert (folder / "segments.png").read_bytes().startswith(b"\x89PNG")
    as_json = json.loads(CliRunner().invoke(segments, ["--json"]).output)
    assert as_json["segments"] == written["segments"]


def test_without_tables_the_command_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NEXTBEST_HOME", str(tmp_path))
    told = CliRunner().invoke(segments, [])
    assert told.exit_code == 1
    assert "nextbest ingest" in told.stderr
