"""``nextbest doctor --catalogue`` finds what is wrong before anything runs on it."""

import json
from pathlib import Path

import pytest
import yaml

from bundle.manifest import read_manifest
from tests.integration.support import Trained
from tests.nextbest.conftest import Run

NOTHING = """
  - id: rest
    label: {en: Leave in peace, fr: Laisser tranquille}
    kind: none
    channels: [email, web]
"""
GOOD = (
    """actions:
  - id: hello
    label: {en: Hello, fr: Bonjour}
    kind: offer
    channels: [email]
    eligible_when: orders_365d >= 1
    value: 3
"""
    + NOTHING
)

CAPPED = "contact_limits: [{count: 8, days: 30, suppress_days: 7}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "mine"
    path.mkdir()
    (path / "actions.yaml").write_text(GOOD, encoding="utf-8")
    (path / "policy.yaml").write_text(CAPPED, encoding="utf-8")
    return path


def test_everything_is_in_order(run: Run, home: Path) -> None:
    result = run(home, "doctor")
    assert result.exit_code == 0, result.output
    names = [line.split()[0] for line in result.stdout.splitlines()]
    assert [name for name in names if name not in ("eligible", "warning")] == [
        "home", "tables", "bundle", "store", "catalogue", "in",
    ]  # fmt: skip
    assert "4 API keys" in result.stdout
    assert "actions.yaml (default), policy.yaml (default)" in result.stdout
    assert read_manifest(home / "champion").bundle_version in result.stdout


def test_the_catalogue_of_the_next_training_is_the_one_at_home(run: Run, home: Path) -> None:
    (home / "actions.yaml").write_text(GOOD.replace("orders_365d", "order_365d"))
    result = run(home, "doctor")
    assert result.exit_code == 1
    assert "bundle" in result.stdout, "the champion is still sound"
    assert "error     actions.yaml, line 6, column 20: actions[0].eligible_when" in result.stdout


def test_a_folder_is_checked_without_a_home(run: Run, tmp_path: Path, folder: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    result = run(tmp_path / "no-home", "doctor", "--catalogue", str(folder))
    assert result.exit_code == 0, result.output
    assert "there is no champion yet" in result.stdout
    assert "in order  2 actions, 0 warnings" in result.stdout
    assert sorted(tmp_path.rglob("*")) == before, "nothing was made"


def test_every_mistake_of_both_files_is_told(run: Run, tmp_path: Path, folder: Path) -> None:
    (folder / "actions.yaml").write_text(GOOD.replace("offer", "ofer").replace("hello", "Hi"))
    (folder / "policy.yaml").write_text("seed: -1\n")
    result = run(tmp_path, "doctor", "--catalogue", str(folder))
    assert result.exit_code == 1
    told = [line for line in result.stdout.splitlines() if line.startswith("error")]
    assert [line.split(", line ")[1].split(":")[0] for line in told] == [
        "2, column 9", "4, column 11", "1, column 7",
    ]  # fmt: skip
    found = json.loads(run(tmp_path, "doctor", "--catalogue", str(folder), "--json").stdout)
    assert [each["field"] for each in found["errors"]] == [
        "actions[0].id",
        "actions[0].kind",
        "seed",
    ]
    assert found["errors"][1]["remedy"] == "did you mean 'offer'?"


def test_a_file_that_cannot_be_read_is_an_error_among_others(
    run: Run, tmp_path: Path, folder: Path
) -> None:
    (folder / "actions.yaml").write_text("actions: [")
    (folder / "policy.yaml").write_text("seed: -1\n")
    result = run(tmp_path, "doctor", "--catalogue", str(folder))
    assert result.exit_code == 1
    assert "actions.yaml, line 1, column 11: no YAML" in result.stdout
    assert "policy.yaml, line 1, column 7: seed" in result.stdout


def test_a_folder_that_is_none_is_wrong_use(run: Run, tmp_path: Path) -> None:
    assert run(tmp_path, "doctor", "--catalogue", str(tmp_path / "gone")).exit_code == 2


def test_what_the_champion_knows_counts(
    run: Run, village: Trained, home: Path, folder: Path
) -> None:
    actions = yaml.safe_load(GOOD)
    hello = actions["actions"][0]
    hello["eligible_when"] = "orders_365d >= 0 or orders_365d is null"
    never = {**hello, "id": "never", "eligible_when": "orders_365d < 0", "model": "never"}
    half = {**hello, "id": "half", "eligible_when": "churn_probability > 0.4", "value": 0}
    actions["actions"] += [never, half]
    (folder / "actions.yaml").write_text(yaml.safe_dump(actions), encoding="utf-8")
    found = json.loads(run(home, "doctor", "--catalogue", str(folder), "--json").stdout)
    assert found["errors"] == []
    assert found["checks"] == []
    shares = found["eligible"]
    assert (shares["hello"]["true"], shares["never"]["true"]) == (1, 0)
    assert 0 <= shares["half"]["true"] <= 1
    told = {(each["field"], each["message"].split(" (")[0]) for each in found["warnings"]}
    assert {
        ("actions[0].eligible_when", "holds for every customer of the champion"),
        ("actions[2].eligible_when", "holds for none of the champion's customers"),
        ("actions[2].model", "the champion has no model 'never', so the prior stands in"),
        ("actions[3].value", "a value of 0 never outweighs a cost"),
    } <= told
    unknown = folder / "actions.yaml"
    unknown.write_text(unknown.read_text().replace("model: never", "model: nobody"))
    result = run(home, "doctor", "--catalogue", str(folder))
    assert result.exit_code == 1
    assert "no model 'nobody'" in result.stdout
