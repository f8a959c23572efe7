"""Each of the commonest mistakes is planted, and doctor names it with what mends it."""

import json
import os
import shutil
import socket
import threading
from collections import namedtuple
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from features.settings import read_settings
from nextbest.doctor import machine, model, state
from nextbest.doctor.command import CHECKS, look_around
from nextbest.doctor.findings import Finding, Site
from nextbest.terminal import now
from serving.stores import Stores, open_stores
from serving.stores.ports import ConsentRow, DecisionRecord, StockRow
from tests.integration.support import Trained, settings_of
from tests.nextbest.conftest import Run

DAY = 86_400
Plant = Callable[..., Site]


@pytest.fixture
def site(home: Path, village: Trained, free_port: int) -> Plant:
    """The live village as doctor sees it, under settings of the test."""

    def site(**environ: str) -> Site:
        told = {"NEXTBEST_HOME": str(home), "NEXTBEST_PORT": str(free_port), **environ}
        return Site(read_settings(told), told, now())

    return site


@pytest.fixture
def stores(home: Path) -> Any:
    opened = open_stores(settings_of(home).store_url)
    yield opened
    opened.close()


def one(found: Any, check: str, severity: str = "error") -> Finding:
    told = [f for f in found if f.severity != "ok"]
    assert [(f.check, f.severity) for f in told] == [(check, severity)], told
    assert told[0].remedy
    return told[0]


def test_a_sound_installation_has_no_mistake(site: Plant) -> None:
    asked = site()
    found = look_around(asked)
    asked.close()
    assert [f for f in found if f.severity != "ok"] == []
    assert {f.check for f in found} == {"home", "tables", "bundle", "store"}


def test_a_misspelt_setting_is_named(site: Plant) -> None:
    told = one(machine.names(site(NEXTBEST_WORKRES="2")), "settings", "warning")
    assert told.message.startswith("NEXTBEST_WORKRES")
    assert told.remedy == "did you mean NEXTBEST_WORKERS?"
    far = one(machine.names(site(NEXTBEST_XYZZYPLUGH="2")), "settings", "warning")
    assert "docs/operations.md" in far.remedy


def test_a_setting_of_the_log_that_is_none(site: Plant) -> None:
    assert "NEXTBEST_LOG='xml'" in one(machine.names(site(NEXTBEST_LOG="xml")), "settings").message


def test_a_home_that_cannot_be_written_ends_the_search(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = settings_of(tmp_path / "file" / "home")
    found = look_around(Site(settings, {}, now()))
    assert one(found, "home").message.startswith("NEXTBEST_HOME=")


@pytest.mark.parametrize(("free", "severity"), [(10**8, "error"), (10**9, "warning")])
def test_a_full_disk(
    site: Plant, monkeypatch: pytest.MonkeyPatch, free: int, severity: str
) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(free))
    assert "MB are free" in one(machine.home(site()), "disk", severity).message


def test_pools_of_threads_that_fight(site: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    told = one(
        machine.threads(site(OMP_NUM_THREADS="2", NEXTBEST_WORKERS="2")), "threads", "warning"
    )
    assert "OMP_NUM_THREADS=2 with 2 workers" in told.message
    many = one(machine.threads(site(NEXTBEST_WORKERS="4")), "threads", "warning")
    assert "NEXTBEST_WORKERS=4 on 2 cores" in many.message
    assert list(machine.threads(site(OMP_NUM_THREADS="1", NEXTBEST_WORKERS="2"))) == []


def test_workers_with_stores_of_their_own(site: Plant) -> None:
    several = site(NEXTBEST_STORE_URL="memory:", NEXTBEST_WORKERS="2")
    assert "NEXTBEST_WORKERS=2" in one(machine.store_kind(several), "workers").message
    assert list(machine.store_kind(site(NEXTBEST_STORE_URL="memory:"))) == []


def test_a_port_that_something_else_holds(site: Plant, free_port: int) -> None:
    assert list(machine.port(site())) == []
    with socket.socket() as held:
        held.bind(("127.0.0.1", free_port))
        told = one(machine.port(site()), "port")
    assert f"NEXTBEST_PORT={free_port + 1}" in told.remedy


@pytest.mark.parametrize(
    ("answer", "check"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n{}", "ok"),
        (b'HTTP/1.1 503 Service Unavailable\r\n\r\n{"ready": false}', "ok"),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n<html>", "error"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "error"),
    ],
)
def test_a_port_that_the_service_itself_holds(
    site: Plant, free_port: int, answer: bytes, check: str
) -> None:
    with socket.create_server(("127.0.0.1", free_port)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        (found,) = machine.port(site())
        thread.join()
    assert found.severity == check


def test_keys_that_others_can_read(site: Plant, home: Path) -> None:
    path = home / "demo-keys.json"
    path.write_text("{}")
    path.chmod(0o644)
    assert "mode 644" in one(machine.demo_keys(site()), "keys").message
    path.chmod(0o600)
    assert list(machine.demo_keys(site())) == []
    open_to_all = machine.demo_keys(site(NEXTBEST_HOST="0.0.0.0"))
    assert "0.0.0.0" in one(open_to_all, "keys", "warning").message


def test_tables_that_are_missing_or_altered(site: Plant, home: Path) -> None:
    path = min((home / "tables" / "transactions").rglob("*.parquet"))
    path.write_bytes(path.read_bytes()[:-100])
    assert path.name in one(model.tables(site()), "tables").message
    shutil.rmtree(home / "tables")
    assert "nextbest ingest" in one(model.tables(site()), "tables").remedy
    assert list(model.staleness(site())) == []


def test_a_clock_behind_the_data(site: Plant) -> None:
    early = replace(site(), now=0)
    assert "in the future" in one(model.tables(early), "clock").message


def test_no_champion_and_an_alias_that_leads_nowhere(site: Plant, tmp_path: Path) -> None:
    nothing = Site(settings_of(tmp_path / "empty"), {}, now())
    assert "nextbest train" in one(model.champion(nothing), "bundle").remedy
    told = one(model.champion(site(NEXTBEST_ALIAS="nobody")), "bundle")
    assert "'nobody'" in told.message
    assert "nextbest promote" in told.remedy


def test_a_champion_that_was_altered(site: Plant, home: Path, village: Trained) -> None:
    bundle = shutil.copytree(village.bundle, home / "broken")
    with (bundle / "actions.yaml").open("a") as stream:
        stream.write("# an edit\n")
    told = one(model.champion(site(NEXTBEST_BUNDLE=str(bundle))), "bundle")
    assert "actions.yaml" in told.message
    assert "rollback" in told.remedy


def test_a_champion_of_other_tables_or_of_long_ago(site: Plant, home: Path) -> None:
    path = home / "tables" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["tables"]["products"]["sha256"] = "0" * 64
    path.write_text(json.dumps(manifest))
    told = one(model.staleness(site()), "model", "warning")
    assert told.message.endswith("products.")
    manifest["data_end"] += 100 * DAY
    path.write_text(json.dumps(manifest))
    days = list(model.staleness(site()))
    assert len(days) == 2
    assert "the last 99 days" in days[1].message


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
