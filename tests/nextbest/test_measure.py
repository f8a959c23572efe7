"""``nextbest measure``: figures from a log, and words where there are none."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest

from decisioning.compiled import Catalogue
from decisioning.policy import DAY
from nextbest.measure_lines import as_json, readable
from nextbest.measuring import KIND, Period, Value, measure_lift, measure_value
from serving.replay import redecide
from serving.rulebook import Rules
from serving.stores.opening import Stores, open_stores
from serving.stores.ports import OutcomeRow
from tests.decisioning.support import NOTHING, NOW
from tests.integration.support import Shop
from tests.nextbest.conftest import Run
from tests.serving.decided import EXPLORING, A, B, C, day
from training.experiments.looks import Looks
from training.experiments.trial import Refusal
from training.off_policy.value import Answer

PERIOD = Period(NOW - DAY, NOW + DAY)
EVERYBODY = frozenset(f"c{k}" for k in range(1_000))
OTHER = Rules(Catalogue.of([A, replace(B, value=20.0), C, NOTHING]), EXPLORING)
BOUGHT = {"a": 0.2, "b": 0.2, "c": 0.6}


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    opened = open_stores(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


def fill(stores: Stores, customers: int, control: float = 0.0, n: int = 1) -> list[float]:
    """Keep a day's decisions and what came of them; return the rewards of those not in control."""
    rng = np.random.default_rng(4)
    policy = replace(EXPLORING, control_share=control)
    records = [replace(r, kind=KIND) for r in day(customers, policy, n=n).records]
    stores.decisions.append(records)
    rewards, outcomes = [], []
    for record in records:
        reward = 0.0
        for one in record.body["actions"]:
            action_id = one["action_id"]
            if rng.random() < BOUGHT.get(action_id, 0.0):
                name, decision_id = f"{record.decision_id}{action_id}", record.decision_id
                row = OutcomeRow(name, decision_id, action_id, None, "purchased", 10.0, NOW + 60)
                outcomes.append(row)
                reward += 10.0
            reward -= 0.1 * (action_id in BOUGHT)
        if record.body["arm"] != "control":
            rewards.append(reward)
    stores.ledger.record_outcomes(outcomes)
    return rewards


def valued(
    stores: Stores, rules: Rules | None = None, allowed: frozenset[str] = EVERYBODY
) -> Value:
    return measure_value(stores, PERIOD, allowed, counted="value", window=14 * DAY, rules=rules)


@pytest.mark.parametrize("n", [1, 2])
def test_the_log_is_worth_what_it_brought_and_other_rules_what_they_would(
    stores: Stores, n: int
) -> None:
    rewards = fill(stores, 600, n=n)
    value = valued(stores, OTHER)
    assert isinstance(value.this, Answer)
    assert value.other is not None
    assert value.gain is not None
    assert value.this["ips"].value == pytest.approx(np.mean(rewards))
    assert value.this["dr"].value == pytest.approx(np.mean(rewards), abs=0.1)
    assert [one.estimator for one in value.other.values] == [
        "ips",
        "snips",
        "dm",
        "dr",
        "switch_dr",
    ]
    assert value.gain.value == pytest.approx(
        value.other["dr"].value - value.this["dr"].value, rel=1e-9
    )
    truth = true_gain(stores)
    assert abs(value.gain.value - truth) < 4 * value.gain.error
    assert n > 1 or value.gain.low > 0, "c, which sells best, is taken in the place of b"
    assert (value.decisions, value.left_out) == (600, {})
    told = "\n".join(readable(_no_lift(stores), value))
    assert f"the rules that decided: {np.mean(rewards):.4f}" in told
    assert "the other rules bring, by dr" in told


def true_gain(stores: Stores) -> float:
    """What the other rules bring more, by the rates that customers buy at."""
    gains = []
    for record in stores.decisions.of_kind(KIND, *PERIOD):
        again = redecide(record.body, OTHER.actions, OTHER.policy)
        chances = zip(OTHER.actions, np.nan_to_num(again.probability), strict=True)
        gain = sum(p * worth(a.action_id) for a, p in chances)
        for one in record.body["candidates"]:
            gain -= (one["action_probability"] or 0.0) * worth(one["action_id"])
        gains.append(gain)
    return float(np.mean(gains))


def worth(action_id: str) -> float:
    return 10.0 * BOUGHT[action_id] - 0.1 if action_id in BOUGHT else 0.0


def _no_lift(stores: Stores):  # type: ignore[no-untyped-def]
    return measure_lift(stores, duckdb.connect(), Period(0, 1), EVERYBODY, NOW, seed=1)


def test_few_customers_give_no_figure(stores: Stores) -> None:
    fill(stores, 60)
    value = valued(stores, OTHER)
    assert isinstance(value.this, Answer)
    assert value.other is not None
    assert value.this.refusal is not None
    assert value.other.refusal is not None
    assert value.gain is None
    told = "\n".join(readable(_no_lift(stores), value))
    assert told.count("no figure: The log is worth") == 2
    written = as_json(_no_lift(stores), value)["value_per_decision"]
    assert written["this_policy"]["refused"]["reason"] == "few_effective"


def test_who_does_not_count_is_told(stores: Stores) -> None:
    rewards = fill(stores, 400, control=0.3)
    allowed = frozenset(f"c{k}" for k in range(350))
    value = valued(stores, allowed=allowed)
    assert value.left_out["not_allowed"] == 50
    assert 0 < value.left_out["control"] < 350
    assert value.decisions == 350 - value.left_out["control"]
    assert len(rewards) > value.decisions
    nobody = valued(stores, allowed=frozenset())
    assert isinstance(nobody.this, Refusal)
    assert "400 not_allowed" in nobody.this.message


def shop_of(spent: dict[str, int]) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("create table transactions (customer_id varchar, purchased_at bigint, amount int)")
    for customer, cents in spent.items():
        rows = [[customer, NOW - 1, 5_000], [customer, NOW + DAY, cents]]
        con.executemany("insert into transactions values (?, ?, ?)", rows)
    return con


def test_customers_of_the_policy_are_compared_with_control(stores: Stores) -> None:
    fill(stores, 600, control=0.4)
    control = {
        r.subject for r in stores.decisions.of_kind(KIND, *PERIOD) if r.body["arm"] == "control"
    }
    rng = np.random.default_rng(2)
    # Policy customers spend 3.00 more.
    spent = {
        f"c{k}": int(rng.integers(100, 500)) + 300 * (f"c{k}" not in control) for k in range(600)
    }
    lift = measure_lift(stores, shop_of(spent), PERIOD, EVERYBODY, NOW + 3 * DAY, seed=1)
    assert isinstance(lift.looks, Looks)
    assert (lift.policy_customers, lift.control_customers) == (600 - len(control), len(control))
    theirs = [cents / 100 for who, cents in spent.items() if who in control]
    mine = [cents / 100 for who, cents in spent.items() if who not in control]
    assert lift.looks.difference[-1] == pytest.approx(np.mean(mine) - np.mean(theirs))
    assert lift.looks.difference[0] == 0, "what was bought before the decision does not count"
    assert lift.looks.decided_at == 1
    told = list(readable(lift, valued(stores)))
    assert told[1].startswith(f"  +{lift.looks.difference[-1]:.2f} [")
    assert "0 was left out for the first time on 2024-10-05" in told[2]


def test_without_decisions_or_purchases_nothing_is_compared(stores: Stores) -> None:
    none = measure_lift(stores, shop_of({}), PERIOD, EVERYBODY, NOW, seed=1)
    assert isinstance(none.looks, Refusal)
    assert "No outbound decision" in none.looks.message
    fill(stores, 10)
    early = measure_lift(stores, shop_of({}), PERIOD, EVERYBODY, NOW, seed=1)
    assert isinstance(early.looks, Refusal)
    assert "ingest newer transactions" in early.looks.message


def test_the_village_is_too_small_and_is_told_so(
    run: Run, home: Path, open_front: Callable[..., Shop]
) -> None:
    shop = open_front(home)
    for customer in shop.who_allows("analytics", "web")[:40]:
        shop.act(customer, n=1)
        shop.act(customer, n=1, channel="email", direction="outbound")
    told = run(home, "measure")
    assert told.exit_code == 0, told.output
    assert "no figure" in told.output
    written = json.loads(run(home, "measure", "--json").output)
    value = written["value_per_decision"]
    assert value["decisions"] + sum(value["left_out"].values()) == 80
    assert value["this_policy"]["refused"]["reason"] == "few_effective"
    assert written["policy_against_control"]["refused"]["reason"] == "no_data"


def test_other_rules_come_from_a_folder(
    run: Run, home: Path, open_front: Callable[..., Shop], tmp_path: Path
) -> None:
    empty = tmp_path / "rules"
    empty.mkdir()
    told = run(home, "measure", "--policy", str(empty))
    assert told.exit_code == 1
    assert "holds neither actions.yaml nor policy.yaml" in told.stderr
    (empty / "policy.yaml").write_text("exploration_share: 0.5\n")
    told = run(home, "measure", "--policy", str(empty))
    assert told.exit_code == 1
    assert "nothing to compare with" in told.stderr
    shop = open_front(home)
    for customer in shop.who_allows("analytics", "web")[:5]:
        shop.act(customer, n=1)
    text = (Path(shop.settings.bundle) / "policy.yaml").read_text(encoding="utf-8")
    (empty / "policy.yaml").write_text(text, encoding="utf-8")
    written = json.loads(run(home, "measure", "--json", "--policy", str(empty)).output)
    assert written["value_per_decision"]["other_policy"]["refused"]["reason"] == "few_effective"
    text = (Path(shop.settings.bundle) / "actions.yaml").read_text(encoding="utf-8")
    assert "orders_90d >= 1" in text
    assert "orders_30d" not in text
    changed = text.replace("orders_90d >= 1", "orders_30d >= 1")
    (empty / "actions.yaml").write_text(changed, encoding="utf-8")
    told = run(home, "measure", "--policy", str(empty))
    assert told.exit_code == 1
    assert "orders_30d, which the rules that decided did not" in told.stderr
