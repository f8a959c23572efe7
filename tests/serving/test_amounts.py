"""A condition on an amount is decided, and replayed, by what the amount's model says."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from bundle.customer_models import KINDS
from bundle.files import DEFAULTS, read_bundle
from decisioning.conditions import column_names
from decisioning.estimates import Amount
from serving.rulebook import keep_rules, read_rules
from serving.stores.rows import RulesRow
from serving.world import World
from tests.bundle.support import make_parts, write
from tests.integration.support import Shop


@dataclasses.dataclass(frozen=True)
class Tenfold:
    columns: tuple[str, ...]

    def predict(self, x: np.ndarray) -> Amount:
        return Amount(x[:, 0] * 10.0, x[:, 0] * 9.0, x[:, 0] * 11.0)


class Kept:
    """Rules in memory."""

    def __init__(self) -> None:
        self.rows: dict[str, RulesRow] = {}

    def get(self, policy_version: str) -> RulesRow | None:
        return self.rows.get(policy_version)

    def keep(self, row: RulesRow) -> bool:
        self.rows[row.policy_version] = row
        return True


def test_conditions_read_the_amount_by_its_name(front: Shop) -> None:
    world = front.parts.application.world
    bundle = dataclasses.replace(world.bundle, amounts={"worth": Tenfold(("orders_90d",))})
    asked = World(bundle, world.stores)
    profiles = bundle.customers.profiles[:5]
    found = asked.columns(profiles, asked.propensities(profiles))
    at = bundle.column_positions["orders_90d"]
    np.testing.assert_array_equal(found["worth"], profiles[:, at] * 10.0)
    assert "worth" not in world.columns(profiles, {})


def test_rules_that_name_an_amount_are_kept_and_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, "Tenfold", Tenfold)
    own = tmp_path / "own"
    own.mkdir()
    text = (DEFAULTS / "actions.yaml").read_text(encoding="utf-8")
    (own / "actions.yaml").write_text(
        text.replace("orders_365d >= 1", "worth > 100"), encoding="utf-8"
    )
    parts = dataclasses.replace(make_parts(), amounts={"worth": Tenfold(("orders_90d",))})
    write(tmp_path / "bundle", parts, own)
    bundle = read_bundle(tmp_path / "bundle")
    store = Kept()
    keep_rules(store, tmp_path / "bundle", bundle.manifest, now=1)
    actions = read_rules(store.rows[bundle.manifest.policy_version]).actions
    assert actions == bundle.actions
    named = {n for a in actions if a.eligible_when for n in column_names(a.eligible_when)}
    assert "worth" in named
