"""The units are what systemd takes."""

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "deploy" / "systemd"


def read(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(UNITS / name)
    return parser


def test_commands_are_commands_of_this_program() -> None:
    from nextbest.cli import main

    for name in ("nextbest.service", "nextbest-retain.service"):
        program, command = read(name)["Service"]["ExecStart"].split()
        assert program.endswith("/bin/nextbest")
        assert command in main.commands


def test_services_run_as_nobody_and_write_their_state_only() -> None:
    for name in ("nextbest.service", "nextbest-retain.service"):
        service = read(name)["Service"]
        assert service["User"] == "nextbest"
        assert service["ProtectSystem"] == "strict"
        assert service["NoNewPrivileges"] == "yes"
        assert service["StateDirectoryMode"] == "0700"
    assert read("nextbest-retain.timer")["Timer"]["Persistent"] == "yes"


def test_systemd_itself_accepts_them(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    for path in UNITS.iterdir():
        # The program lies elsewhere on this machine; that it exists is not the question here.
        text = path.read_text().replace("/opt/nextbest/.venv/bin/nextbest", "/bin/true")
        (tmp_path / path.name).write_text(text)
    done = subprocess.run(
        [analyze, "verify", *map(str, tmp_path.iterdir())], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
