"""Mistakes of the online store and of the rules, planted and named with what mends each."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nextbest.doctor import state
from nextbest.terminal import now
from serving.stores import Stores, open_stores
from serving.stores.ports import ConsentRow, DecisionRecord, StockRow
from tests.integration.support import Trained, settings_of
from tests.nextbest.doctor.support import DAY, Plant, one


def test_a_store_that_cannot_be_opened(site: Plant, home: Path) -> None:
    (home / "nextbest.db").write_bytes(b"not a database, whatever its name says" * 99)
    told = one(state.store(site()), "store")
    assert "nextbest.db" in told.message
    for check in (state.stock, state.consents, state.decided):
        assert list(check(site())) == []


def test_a_postgresql_that_does_not_answer_is_named_without_its_password(
    site: Plant, free_port: int
) -> None:
    url = f"postgresql://shop:hunter2@127.0.0.1:{free_port}/nextbest"
    told = one(state.store(site(NEXTBEST_STORE_URL=url)), "store")
    assert "hunter2" not in told.message + told.remedy


def test_no_key_at_all(site: Plant, stores: Stores) -> None:
    for key in stores.keys.all():
        stores.keys.revoke(key.key_hash)
    assert "nextbest keys" in one(state.store(site()), "keys").remedy
    given = state.store(site(NEXTBEST_API_KEYS="decide:0123456789abcdef"))
    assert [f.severity for f in given] == ["ok"]


def test_keys_that_have_all_ended(site: Plant, stores: Stores) -> None:
    for key in stores.keys.all():
        stores.keys.add(replace(key, expires_at=now() - 1))
    assert "nextbest keys rotate" in one(state.store(site()), "keys").remedy


def test_a_secret_of_another_machine_or_for_all_to_read(site: Plant, home: Path) -> None:
    assert list(state.secret(site())) == [], "nothing is made by looking"
    assert not (home / "privacy.key").exists()
    ours = site(NEXTBEST_AUDIT_SECRET="the secret of one machine")
    assert list(state.secret(ours)) == []
    other = site(NEXTBEST_AUDIT_SECRET="the secret of another")
    assert "another" not in one(state.secret(other), "secret").message
    (home / "privacy.key").write_text("0" * 64)
    (home / "privacy.key").chmod(0o644)
    assert "can be read by others" in one(state.secret(ours), "secret").message


def test_stock_that_is_missing(site: Plant, home: Path) -> None:
    told = one(state.stock(site(NEXTBEST_STORE_URL=f"sqlite:///{home}/empty.db")), "stock")
    assert "PUT /v1/stock" in told.remedy


def test_stock_that_is_old_and_a_clock_that_went_back(site: Plant) -> None:
    late = replace(site(), now=now() + 8 * DAY)
    assert "192 hours old" in one(state.stock(late), "stock").message
    early = replace(site(), now=now() - DAY)
    assert "24.0 hours in the future" in one(state.stock(early), "clock").message


def test_stock_of_items_that_nobody_knows(site: Plant, stores: Stores) -> None:
    rows, _ = stores.stock.changes_since(0)
    count = len({row.item_id for row in rows})
    strangers = [StockRow(f"SKU-{k}", "online", 1.0, "in_stock", now()) for k in range(count)]
    stores.stock.put(strangers)
    assert one(state.stock(site()), "stock", "warning").message.startswith("50% of the items")
    # Products that the champion does not offer are no mistake.
    asked = site()
    bundle: Any = asked.champion
    nothing = SimpleNamespace(index_of=lambda ids: np.full(len(ids), -1))
    asked.__dict__["champion"] = SimpleNamespace(
        item_map=nothing, items=bundle.items, policy=bundle.policy
    )
    assert one(state.stock(asked), "stock", "warning").message.startswith("50% of the items")


def test_stock_of_a_part_of_the_catalogue(site: Plant, home: Path, village: Trained) -> None:
    url = f"sqlite:///{home}/part.db"
    part = open_stores(url)
    rows, _ = open_stores(settings_of(home).store_url).stock.changes_since(0)
    part.stock.put([row for row in rows if row.item_id == rows[0].item_id])
    part.close()
    assert (
        "of the catalogue"
        in one(state.stock(site(NEXTBEST_STORE_URL=url)), "stock", "warning").message
    )


def test_nobody_may_be_contacted(site: Plant, home: Path, village: Trained) -> None:
    url = f"sqlite:///{home}/refusals.db"
    told = one(state.consents(site(NEXTBEST_STORE_URL=url)), "consents")
    assert "No consent is known" in told.message
    store = open_stores(url)
    customers = site().champion.customers.ids.tolist()  # type: ignore[union-attr]
    store.consents.append(
        [ConsentRow(customers[0], "personalisation", "any", "granted", now(), None, "test")]
    )
    store.close()
    refused = one(state.consents(site(NEXTBEST_STORE_URL=url)), "consents", "warning")
    assert "granted marketing: nobody can be contacted" in refused.message
    early = replace(site(NEXTBEST_STORE_URL=url), now=now() - DAY)
    assert {f.check for f in state.consents(early)} == {"consents", "clock"}


def test_decisions_of_tomorrow(site: Plant, stores: Stores) -> None:
    body: dict[str, Any] = {}
    late = DecisionRecord("d-late", now() + DAY, "recommendations", "c001", "web", body)
    stores.decisions.append([late])
    assert "a decision from 24.0 hours" in one(state.decided(site()), "clock").message


@pytest.mark.parametrize(
    ("change", "severity", "words"),
    [
        ({"control_share": 1.0}, "error", "control_share"),
        (
            {"quiet_from": 9, "quiet_until": 8, "quiet_channels": ("email", "sms")},
            "warning",
            "1 hours a day for email, sms",
        ),
    ],
)
def test_rules_that_let_nobody_through(
    site: Plant, change: dict[str, Any], severity: str, words: str
) -> None:
    asked = site()
    bundle: Any = asked.champion
    asked.__dict__["champion"] = replace(bundle, policy=replace(bundle.policy, **change))
    assert words in one(state.quiet(asked), "policy", severity).message


def test_a_limit_of_no_contact_at_all(site: Plant) -> None:
    asked = site()
    bundle: Any = asked.champion
    limits = tuple(replace(limit, count=0) for limit in bundle.policy.limits[:1])
    asked.__dict__["champion"] = replace(bundle, policy=replace(bundle.policy, limits=limits))
    assert "counts to 0" in one(state.quiet(asked), "policy").message
