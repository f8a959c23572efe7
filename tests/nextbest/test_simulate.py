"""The command ``simulate``."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nextbest.cli import main

TINY = ("--customers", "60", "--weeks", "3")


def _simulate(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["simulate", *arguments])


def test_a_run_writes_its_lines_and_its_page(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    result = _simulate(*TINY, "--out", str(page))
    assert result.exit_code == 0, result.output
    assert "learning policy" in result.stdout
    assert "oracle" in result.stdout
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_json_is_the_whole_report_and_nothing_else() -> None:
    result = _simulate(*TINY, "--seed", "4", "--seeds", "2", "--json")
    told = json.loads(result.stdout)
    assert told["seeds"] == [4, 5]
    assert told["weeks"] == 3
    assert {one["name"] for one in told["policies"]} >= {"learning policy", "random", "oracle"}
    assert _simulate(*TINY, "--seed", "4", "--seeds", "2", "--json").stdout == result.stdout


def test_an_own_catalogue_is_played(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    assert _simulate("--copy-to", str(shop)).exit_code == 0
    text = (shop / "actions.yaml").read_text(encoding="utf-8")
    (shop / "actions.yaml").write_text(
        text.replace("id: flash_sale", "id: summer_sale"), encoding="utf-8"
    )
    told = json.loads(_simulate(*TINY, "--policy", str(shop), "--json").stdout)
    assert "summer_sale" in told["actions"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("orders_90d >= 2", "orders_80d >= 2", "orders_80d"),
        ("kind: offer", "kind: offr", "offr"),
    ],
)
def test_a_wrong_catalogue_is_one_line_and_exit_code_1(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    shop = tmp_path / "shop"
    _simulate("--copy-to", str(shop))
    text = (shop / "actions.yaml").read_text(encoding="utf-8")
    (shop / "actions.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    result = _simulate(*TINY, "--policy", str(shop))
    assert result.exit_code == 1
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_wrong_use_is_exit_code_2() -> None:
    assert _simulate("--customers", "3").exit_code == 2
