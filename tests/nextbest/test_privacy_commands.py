"""``keys``, ``export``, ``erase``, ``audit`` and ``retain`` in the terminal."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from features.ingestion.work import only_one
from serving.auth import Gatekeeper
from serving.problems import Problem
from serving.stores import open_stores
from tests.integration.support import settings_of

if TYPE_CHECKING:
    from tests.nextbest.conftest import Run


def keys_of(home: Path, run: "Run") -> list[dict[str, object]]:
    listed: list[dict[str, object]] = json.loads(run(home, "keys", "list", "--json").stdout)["keys"]
    return listed


def opens(home: Path, key: str) -> bool:
    from nextbest.terminal import now

    stores = open_stores(settings_of(home).store_url)
    try:
        Gatekeeper(stores.keys, "", now).check(f"Bearer {key}", ["crm"])
    except Problem:
        return False
    finally:
        stores.close()
    return True


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    return tmp_path / "empty"


def test_a_key_lives_from_add_to_revoke(run: "Run", empty: Path) -> None:
    first = run(empty, "keys", "add", "--scope", "crm", "--label", "desk", "--days", "9")
    (listed,) = keys_of(empty, run)
    assert (listed["label"], listed["scopes"], listed["state"]) == ("desk", ["crm"], "active")
    assert listed["expires_at"] == int(str(listed["created_at"])) + 9 * 86_400
    second = run(empty, "keys", "rotate", str(listed["key_id"]), "--grace-hours", "0")
    old, new = first.stdout.strip(), second.stdout.strip()
    assert (opens(empty, old), opens(empty, new)) == (False, True)
    assert [key["state"] for key in keys_of(empty, run)].count("active") == 1
    plain = run(empty, "keys", "list").stdout
    assert old not in plain
    assert new not in plain
    # The label alone names the key that is alive.
    assert run(empty, "keys", "revoke", "desk").stdout == "revoked.\n"
    assert not opens(empty, new)
    acts = json.loads(run(empty, "audit", "--json").stdout)["audit"]
    assert [line["act"] for line in acts] == ["keys.revoke", "keys.rotate", "keys.add"]
    assert {line["actor"] for line in acts} == {"terminal"}


def test_two_keys_of_one_label_are_told_apart_by_id(run: "Run", empty: Path) -> None:
    for _ in range(2):
        run(empty, "keys", "add", "--scope", "crm", "--label", "desk")
    refused = run(empty, "keys", "revoke", "desk")
    assert refused.exit_code == 1
    assert "2 keys" in refused.stderr
    name = str(keys_of(empty, run)[0]["key_id"])
    assert run(empty, "keys", "revoke", name).exit_code == 0
    assert len(keys_of(empty, run)) == 1


def test_a_person_is_exported_and_erased(run: "Run", live_home: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(live_home, tmp_path / "home"))
    export = json.loads(run(home, "export", "c017").stdout)
    assert export["tables"]["transactions"]
    assert run(home, "erase", "c017", "--json").exit_code == 1  # nobody said yes
    with only_one(settings_of(home).tables):
        waiting = run(home, "erase", "c017", "--yes")
    assert waiting.exit_code == 1
    assert "pending" in waiting.stdout
    finished = run(home, "retain")
    assert finished.exit_code == 0, finished.stderr
    assert "completed" in finished.stdout
    receipt = json.loads(run(home, "erase", "c017", "--yes", "--json").stdout)
    assert (receipt["status"], receipt["removed"]["tables"]["customers"]) == ("completed", 1)
    gone = run(home, "export", "c017")
    assert gone.exit_code == 1
    assert "c017" in gone.stderr
    told = run(home, "audit", "--customer", "c017", "--limit", "9").stdout
    assert told.count("customer.erase") == 2
    assert "c017" not in told
    assert "c017" not in run(home, "audit").stdout


def test_retain_says_what_would_go(run: "Run", empty: Path) -> None:
    run(empty, "keys", "add", "--scope", "crm")
    (empty / "retention.yaml").write_text("audit: 1\nevents: null\n")
    told = json.loads(run(empty, "retain", "--dry-run", "--json").stdout)
    assert told["dry_run"] is True
    assert told["periods"]["audit"] == 1
    assert "events" not in told["removed"]["store"]
    assert told["removed"]["store"]["audit"] == 0
    (empty / "retention.yaml").write_text("evnts: 1\n")
    refused = run(empty, "retain")
    assert refused.exit_code == 1
    assert "evnts" in refused.stderr
