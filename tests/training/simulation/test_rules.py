"""The files a reader may edit, and what is said of those that are wrong."""

from pathlib import Path

import pytest

import bundle
from features.errors import CatalogueError
from training.simulation.compare import compare
from training.simulation.truth_file import copy_world, read_truth
from training.simulation.world import Rules, read_rules


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    copy_world(tmp_path / "shop")
    return tmp_path / "shop"


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_copy_of_the_shop_reads_like_the_shop(shop: Path, rules: Rules) -> None:
    assert read_rules(shop) == rules


def test_a_copy_never_overwrites(shop: Path) -> None:
    (shop / "policy.yaml").write_text("mine", encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"policy\.yaml"):
        copy_world(shop)
    assert (shop / "policy.yaml").read_text(encoding="utf-8") == "mine"


def test_the_shop_explores_and_keeps_a_control_group(rules: Rules) -> None:
    policy = rules.policy
    assert policy.exploration == "thompson"
    assert policy.control_share > 0
    assert policy.random_share > 0


def test_a_column_that_the_simulated_customers_lack_is_named(shop: Path) -> None:
    _edit(shop / "actions.yaml", "abandoned_carts_30d", "abandoned_carts_31d")
    with pytest.raises(CatalogueError, match=r"abandoned_carts_31d.*abandoned_carts_30d"):
        read_rules(shop)


def test_an_action_of_an_unknown_name_answers_like_its_kind(shop: Path) -> None:
    _edit(shop / "actions.yaml", "id: flash_sale", "id: summer_sale")
    found = read_rules(shop)
    summer = next(a for a in found.actions if a.action_id == "summer_sale")
    assert found.truth.effect(summer) == found.truth.kinds["offer"]


def test_a_kind_without_truth_is_named(shop: Path) -> None:
    _edit(shop / "actions.yaml", "id: flash_sale", "id: summer_sale")
    _edit(shop / "truth.yaml", "  offer: {", "  other: {")
    with pytest.raises(CatalogueError, match=r"summer_sale.*'offer'"):
        read_rules(shop)


def test_a_channel_without_an_action_is_refused(shop: Path) -> None:
    with pytest.raises(CatalogueError, match=r"'sms'.*email"):
        read_rules(shop, "sms")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("drift: 0.04", "drift: -1", "drift"),
        ("organic: 0.03,", "organic: 1.5,", r"new_arrivals\.organic"),
        ("season: 0.25", "seasons: 0.25", "season"),
        ("actions:", "actions: [", "cannot be read"),
    ],
)
def test_a_truth_that_is_wrong_is_named(shop: Path, old: str, new: str, said: str) -> None:
    _edit(shop / "truth.yaml", old, new)
    with pytest.raises(CatalogueError, match=said):
        read_truth(shop / "truth.yaml")


def test_the_catalogue_that_ships_can_be_played() -> None:
    rules = read_rules(Path(bundle.__file__).parent / "defaults")
    found = compare(rules, [1], 60, 2)
    assert all(tallies[0].value.size == 2 for tallies in found.shown.values())
