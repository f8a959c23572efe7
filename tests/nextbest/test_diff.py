"""``nextbest diff``: whom another policy or bundle changes, and why."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from bundle.models import ScoringModel
from features.errors import NextbestError
from nextbest.terminal import now
from serving.comparison.deciding import Question, common_customers
from serving.comparison.report import compare
from serving.comparison.sides import read_sides
from serving.stores import open_stores
from tests.integration.support import settings_of, third_party_warnings
from tests.nextbest.conftest import Run

EMAIL = Question("email", "outbound", 3, now())


def rules(home: Path, folder: Path, actions: Any = None, policy: Any = None) -> str:
    """A folder with the champion's rules, changed by functions of the parsed YAML."""
    folder.mkdir(exist_ok=True)
    for name, change in (("actions.yaml", actions), ("policy.yaml", policy)):
        if change is not None:
            content = yaml.safe_load((home / "champion" / name).read_text(encoding="utf-8"))
            change(content)
            (folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")
    return str(folder)


def action(content: Any, name: str) -> Any:
    return next(a for a in content["actions"] if a["id"] == name)


def report(home: Path, first: str, second: str, **more: Any) -> Any:
    settings = settings_of(home)
    stores = open_stores(settings.store_url)
    with third_party_warnings():
        sides = read_sides(settings, first, second)
    question = Question(**(vars(EMAIL) | more))
    told = compare(*sides, stores, question, progress=False)
    stores.close()
    return told


def chosen(told: Any, side: str) -> dict[str, int]:
    return {row["action_id"]: row[side] for row in told["actions"] if row[side]}


def test_a_side_does_not_differ_from_itself(home: Path) -> None:
    told = report(home, "champion", "1")
    assert told["customers"] > 200
    assert told["changed"] == 0
    assert told["drops"] == told["examples"] == []
    assert told["money"]["first"] == told["money"]["second"]
    assert set(told["money"]["change"].values()) == {0}
    assert all(move["first"] == move["second"] for move in told["moves"])
    assert chosen(told, "first") == chosen(told, "second")


def test_it_decides_as_the_service_does(home: Path, tmp_path: Path) -> None:
    from serving.decider import Decider

    second = rules(home, tmp_path / "r", lambda c: action(c, "win_back").update(lever=9.0))
    told = report(home, "champion", second, channel="web", direction="inbound")
    settings = settings_of(home)
    stores = open_stores(settings.store_url)
    with third_party_warnings():
        sides = read_sides(settings, "champion", second)
    for side, place in zip(sides, ("first", "second"), strict=True):
        decider = Decider(side.bundle, stores, lambda: EMAIL.as_of, lambda: "x")
        counts: dict[str, int] = {}
        net = 0.0
        for customer in side.bundle.customers.ids.tolist():
            asked = Question("web", "inbound", 3, EMAIL.as_of).request(customer)
            for one in decider.next_best_actions(asked)["actions"]:
                counts[one["action_id"]] = counts.get(one["action_id"], 0) + 1
                net += one["priority"]
        assert counts == chosen(told, place)
        assert told["money"][place]["priority"] == pytest.approx(net)
    stores.close()


def test_an_action_worth_less_is_lost_to_others_and_it_says_why(home: Path, tmp_path: Path) -> None:
    before = report(home, "champion", "champion")
    (best, many) = max(
        ((k, v) for k, v in chosen(before, "first").items() if k != "do_nothing"),
        key=lambda one: one[1],
    )
    second = rules(home, tmp_path / "r", lambda c: action(c, best).update(value=0.0))
    told = report(home, "champion", second)
    row = next(r for r in told["actions"] if r["action_id"] == best)
    assert (row["first"], row["gained"]) == (many, 0)
    # The random arm goes on drawing it: it is allowed still.
    assert row["lost"] > 0.8 * many
    assert told["changed"] >= row["lost"]
    assert told["money"]["change"]["value"] < 0
    assert told["money"]["change"]["priority"] < 0
    worth_less = next(d for d in told["drops"] if d["reason"] == "negative_value")
    assert worth_less["change"] > 0
    why = [w for example in told["examples"] for w in example["why"] if w["change"] == "lost"]
    assert {w["second"]["reason"] for w in why if w["action_id"] == best} == {"negative_value"}
    assert sum(e["customers"] for e in told["examples"]) <= told["changed"]


def test_actions_of_one_side_only_and_arms_are_told(home: Path, tmp_path: Path) -> None:
    def rename(content: Any) -> None:
        action(content, "win_back")["id"] = "come_back"

    second = rules(home, tmp_path / "r", rename, lambda policy: policy.update(control_share=1.0))
    told = report(home, "champion", second)
    assert set(chosen(told, "second")) == {"do_nothing"}
    whys = [why for example in told["examples"] for why in example["why"]]
    assert {"change": "arm", "first": "policy", "second": "control"} in whys
    renamed = report(home, "champion", rules(home, tmp_path / "s", rename))
    told_of = {
        (why["action_id"], why["change"], why["first"]["reason"], why["second"]["reason"])
        for example in renamed["examples"]
        for why in example["why"]
    }
    assert ("win_back", "lost", "passed", "absent") in told_of
    assert ("come_back", "gained", "absent", "passed") in told_of


def test_a_discount_that_changes_is_a_change(home: Path, tmp_path: Path) -> None:
    def at(discount: float) -> Any:
        def change(content: Any) -> None:
            offer = action(content, "win_back")
            # The village knows no unit cost, so an action filled with items bears no discount.
            del offer["items"], offer["n_items"]
            for one in offer["price_classes"]:
                deep = {"discount": discount, "odds": 9.0}
                one["steps"] = [{"discount": 0.0, "odds": 1.0}, deep]

        return rules(home, tmp_path / f"at-{discount}", change)

    told = report(home, at(0.01), at(0.02))
    repriced = [
        why for example in told["examples"] for why in example["why"] if why["change"] == "repriced"
    ]
    assert {why["action_id"] for why in repriced} == {"win_back"}
    assert {(w["first"]["discount"], w["second"]["discount"]) for w in repriced} == {(0.01, 0.02)}
    assert told["money"]["change"]["discount"] > 0


def test_one_bundle_is_scored_once(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    score = ScoringModel.score

    def counted(self: ScoringModel, *arguments: Any) -> Any:
        calls.append(1)
        return score(self, *arguments)

    monkeypatch.setattr(ScoringModel, "score", counted)
    second = rules(home, tmp_path / "r", policy=lambda policy: policy.update(seed=5))
    told = report(home, "champion", second)
    assert told["changed"] > 0
    settings = settings_of(home)
    with third_party_warnings():
        sides = read_sides(settings, "champion", second)
    assert len(calls) == len(sides[0].bundle.models)


def test_a_sample_is_always_the_same_customers(home: Path) -> None:
    with third_party_warnings():
        sides = read_sides(settings_of(home), "champion", "champion")
    every = common_customers(*sides)
    few, more = common_customers(*sides, 20), common_customers(*sides, 40)
    assert len(few) == 20
    assert set(few) < set(more) < set(every)
    assert few == sorted(few)
    assert common_customers(*sides, 10**6) == every


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nobodys", "alias 'nobodys'"),
        ("99", "version '99'"),
        ("empty", "neither actions.yaml nor policy.yaml"),
        ("wrong", "no_such_rule"),
    ],
)
def test_a_side_that_cannot_be_read_is_named(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("wrong").mkdir()
    Path("wrong/policy.yaml").write_text("no_such_rule: 1\n", encoding="utf-8")
    with third_party_warnings(), pytest.raises(NextbestError, match=message) as caught:
        read_sides(settings_of(home), "champion", name)
    assert caught.value.remedy


def test_the_command_shows_a_table(run: Run, home: Path, tmp_path: Path) -> None:
    second = rules(home, tmp_path / "r", lambda c: action(c, "discover_new").update(value=0.0))
    result = run(home, "diff", "champion", second)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert max(len(line) for line in lines if str(tmp_path) not in line) <= 80
    assert any("customers change" in line for line in lines)
    assert any(line.strip().startswith("- discover_new: in B: ") for line in lines)
    assert any("net" in line for line in lines)


def test_the_command_writes_json_and_leaves_no_trace(run: Run, home: Path) -> None:
    stores = open_stores(settings_of(home).store_url)
    ids = [f"c{k:03d}" for k in range(240)]
    before = stores.ledger.recent(ids, 0)
    result = run(home, "diff", "champion", str(home / "champion"), "--customers", "30", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["customers"], told["changed"]) == (30, 0)
    assert (told["channel"], told["direction"], told["n"]) == ("email", "outbound", 3)
    assert stores.ledger.recent(ids, 0) == before
    stores.close()


def test_wrong_use_is_told(run: Run, home: Path) -> None:
    assert run(home, "diff", "champion").exit_code == 2
    assert run(home, "diff", "champion", "champion", "--channel", "pigeon").exit_code == 2
    failed = run(home, "diff", "champion", "nobodys")
    assert failed.exit_code == 1
    assert failed.stderr.startswith("nextbest: The registry has no bundle under the alias")
