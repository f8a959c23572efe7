"""Doctor as a command: all that is wrong at once, in words and as JSON."""

import json
from pathlib import Path

from nextbest.doctor import machine, model, state
from nextbest.doctor.command import CHECKS, look_around
from nextbest.doctor.findings import Site
from nextbest.terminal import now
from tests.integration.support import settings_of
from tests.nextbest.conftest import Run
from tests.nextbest.doctor.support import Plant, one


def test_a_sound_installation_has_no_mistake(site: Plant) -> None:
    asked = site()
    found = look_around(asked)
    asked.close()
    assert [f for f in found if f.severity != "ok"] == []
    assert {f.check for f in found} == {"home", "tables", "bundle", "store"}


def test_a_home_that_cannot_be_written_ends_the_search(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = settings_of(tmp_path / "file" / "home")
    found = look_around(Site(settings, {}, now()))
    assert one(found, "home").message.startswith("NEXTBEST_HOME=")


def test_the_command_tells_all_at_once_and_fails(run: Run, home: Path) -> None:
    path = min((home / "tables" / "transactions").rglob("*.parquet"))
    path.write_bytes(path.read_bytes()[:-100])
    (home / "demo-keys.json").write_text("{}")
    (home / "demo-keys.json").chmod(0o640)
    result = run(home, "doctor", NEXTBEST_WORKRES="2")
    assert result.exit_code == 1
    told = [line.split(": ")[0].split() for line in result.stdout.splitlines() if ": " in line]
    assert ["warning", "settings"] in told
    assert ["error", "keys"] in told
    assert ["error", "tables"] in told
    found = json.loads(run(home, "doctor", "--json").stdout)
    assert {c["check"] for c in found["checks"] if c["severity"] == "error"} == {"tables", "keys"}
    assert all(c["remedy"] for c in found["checks"] if c["severity"] != "ok")


def test_every_check_is_part_of_the_command() -> None:
    public = [
        thing
        for module in (machine, model, state)
        for name, thing in vars(module).items()
        if getattr(thing, "__annotations__", {}).get("return") is not None
        and getattr(thing, "__module__", "") == module.__name__
        and not name.startswith("_")
    ]
    assert set(CHECKS) == set(public)
