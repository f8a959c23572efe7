"""A fault that the user can mend is one line that names the remedy, and exit code 1."""

import shutil
import socket
from pathlib import Path

import pytest
from click.testing import Result

from tests.integration.support import Trained
from tests.nextbest.conftest import Run


def one_line(result: Result, *words: str) -> None:
    assert result.exit_code == 1, (result.output, result.exception)
    assert isinstance(result.exception, SystemExit)
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("nextbest: ")
    assert "Remedy: " in lines[0]
    for word in words:
        assert word in lines[0]


COMMANDS = [
    ("ingest",),
    ("features",),
    ("train", "--json"),
    ("promote",),
    ("rollback",),
    ("score", "--channel", "web", "--out", "/tmp/never.parquet", "--json"),
    ("decide", "c002"),
    ("serve",),
    ("keys", "--scope", "crm"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
def test_a_home_that_cannot_be_written(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    """Under a file: even root cannot write there."""
    (tmp_path / "file").touch()
    one_line(run(tmp_path / "file" / "home", *command), "cannot be written", str(tmp_path))


@pytest.mark.parametrize("command", [("train", "--json"), ("evaluate", "--json")])
def test_a_corrupt_table(run: Run, home: Path, command: tuple[str, ...]) -> None:
    path = min((home / "tables" / "transactions").rglob("*.parquet"))
    path.write_bytes(path.read_bytes()[:-100])
    one_line(run(home, *command), "transactions", path.name, "nextbest ingest")


def test_a_corrupt_manifest_of_the_tables(run: Run, home: Path) -> None:
    (home / "tables" / "manifest.json").write_text("{")
    one_line(run(home, "features"), "manifest.json", "damaged")


@pytest.mark.parametrize("command", [("train", "--json"), ("evaluate",), ("features", "--json")])
def test_nothing_ingested(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    one_line(run(tmp_path, *command), "nextbest ingest")


def test_an_unknown_source(run: Run, tmp_path: Path) -> None:
    one_line(run(tmp_path, "ingest", "amazon"), "'amazon'", "complete_journey")


@pytest.mark.parametrize("command", [("train", "--json"), ("evaluate",), ("features", "--json")])
def test_a_date_out_of_range(run: Run, home: Path, command: tuple[str, ...]) -> None:
    one_line(run(home, *command, "--as-of", "1999-01-01"), "choose a")


@pytest.mark.parametrize(
    "command", [("decide", "c002"), ("serve",), ("score", "--channel", "web", "--out", "x.parquet")]
)
def test_no_registry(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    one_line(run(tmp_path, *command), "nextbest train")


def test_an_alias_that_points_nowhere(run: Run, home: Path) -> None:
    result = run(home, "decide", "c002", NEXTBEST_ALIAS="nobody")
    one_line(result, "'nobody'", "nextbest promote")


def test_a_bundle_with_a_wrong_hash(run: Run, village: Trained, home: Path) -> None:
    bundle = shutil.copytree(village.bundle, home / "broken")
    with (bundle / "actions.yaml").open("a") as stream:
        stream.write("# an edit\n")
    for command in (("decide", "c002"), ("serve",)):
        result = run(home, *command, NEXTBEST_BUNDLE=str(bundle))
        one_line(result, "actions.yaml", "nextbest rollback")
    shutil.rmtree(bundle)
    one_line(run(home, "decide", "c002", NEXTBEST_BUNDLE=str(bundle)), "NEXTBEST_BUNDLE")


def test_a_busy_port(run: Run, home: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = str(held.getsockname()[1])
        one_line(run(home, "serve", "--port", port), f"Port {port}", "NEXTBEST_PORT=")


def test_a_damaged_store(run: Run, home: Path) -> None:
    (home / "nextbest.db").write_bytes(b"not a database, whatever its name says" * 99)
    one_line(run(home, "decide", "c002"), "nextbest.db", "ingest again")


@pytest.mark.parametrize("version", ["77", "first"])
def test_an_unknown_version(run: Run, home: Path, version: str) -> None:
    one_line(run(home, "promote", version), f"'{version}'", "nextbest train")


def test_nothing_to_roll_back_to(run: Run, home: Path) -> None:
    one_line(run(home, "rollback"), "nextbest promote VERSION")


def test_a_setting_that_is_no_number(run: Run, home: Path) -> None:
    one_line(run(home, "doctor", NEXTBEST_PORT="many"), "NEXTBEST_PORT='many'")


@pytest.mark.parametrize(
    "command",
    [
        ("nonsense",),
        ("features", "--as-of", "yesterday"),
        ("ingest", "--max-bad", "7"),
        ("score", "--channel", "web"),
        ("score", "--channel", "telepathy", "--out", "x"),
        ("score", "--channel", "web", "-n", "21", "--out", "x"),
        ("score", "--channel", "web", "--out", "no/such/folder/x.parquet"),
        ("keys",),
        ("serve", "--port", "70000"),
        ("decide",),
        ("decide", "a-stranger"),
        ("decide", "c001", "--visitor", "ck1"),
    ],
    ids=" ".join,
)
def test_wrong_use_is_two(run: Run, home: Path, command: tuple[str, ...]) -> None:
    result = run(home, *command)
    assert result.exit_code == 2, result.output
    assert "Usage" in result.stderr
