"""A person is shown all that is held of them, is erased everywhere, and stays out."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from bundle.files import read_bundle
from features.ingest import ingest
from features.schemas import TABLES
from features.settings import Settings
from features.sources.simulated.source import Simulated
from features.tables import open_tables
from serving import bootstrap
from serving.bootstrap import Parts
from serving.http import create_app
from serving.publish import publish
from serving.stores import open_stores
from serving.stores.ports import LinkRow
from tests.integration.planted import COOKIE, OTHER, PERSON, Planted, holding, plant_files
from tests.integration.support import Clock, Trained, settings_of
from tests.integration.village import NOW, Village
from tests.serving.support import send


@dataclass
class House:
    """A service over a home of its own, files and all."""

    settings: Settings
    parts: Parts
    keys: dict[str, str]
    clock: Clock

    def __post_init__(self) -> None:
        stores = self.parts.stores
        self.app = create_app(
            lambda: self.parts.application, stores, self.clock, settings=self.settings
        )

    def call(self, method: str, path: str, body: object = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.keys['admin']}"}
        more = {} if body is None else {"json": body}
        return asyncio.run(send(self.app, method, path, headers=headers, **more))

    def ok(self, method: str, path: str, body: object = None) -> Any:
        response = self.call(method, path, body)
        assert response.status_code == 200, response.text
        return response.json()

    def recommend(self, **subject: str) -> Any:
        return self.ok("POST", "/v1/recommendations", {"subject": subject, "channel": "web"})

    def live(self) -> None:
        """Let the person leave something in every table of the store."""
        told = {"event_type": "product_view", "item_id": "i003", "occurred_at": NOW}
        self.ok("POST", "/v1/events", {"events": [
            told | {"event_id": "e1", "customer_id": PERSON},
            told | {"event_id": "e2", "visitor_id": COOKIE},
        ]})  # fmt: skip
        allowed = {"customer_id": PERSON, "status": "granted", "channel": "any"}
        purposes = ("personalisation", "analytics", "marketing")
        self.ok("PUT", "/v1/consents", {"consents": [allowed | {"purpose": p} for p in purposes]})
        self.recommend(customer_id=PERSON)
        acted = self.ok("POST", "/v1/next_best_actions", {
            "subject": {"customer_id": PERSON}, "channel": "email", "direction": "outbound",
        })  # fmt: skip
        outcome = {"outcome_id": "o1", "decision_id": acted["decision_id"]}
        outcome |= {"outcome": "accepted", "occurred_at": NOW + 60}
        chosen = [action["action_id"] for action in acted["actions"]] or ["none"]
        kept = self.ok("POST", "/v1/outcomes", {"outcomes": [outcome | {"action_id": chosen[0]}]})
        assert kept["accepted"] == 1, kept


@contextmanager
def opened(home: Path, keys: dict[str, str]) -> Iterator[House]:
    settings = replace(settings_of(home), bundle=str(home / "champion"))
    clock = Clock(NOW + 60)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bootstrap, "clock", clock)
        parts = bootstrap.build(settings)
        yield House(settings, parts, keys, clock)
        parts.stores.close()


@pytest.fixture(scope="module")
def furnished(village: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the village with the person planted in it; made once, copied by each test."""
    home = tmp_path_factory.mktemp("furnished") / "home"
    shutil.copytree(village.settings.home, home)
    settings = settings_of(home)
    ingest((Planted(),), settings.tables, settings.quarantine, as_known_at=NOW + 1, max_bad=1.0)
    plant_files(home)
    stores = open_stores(settings.store_url)
    publish(settings.tables, stores, NOW + 60)
    stores.links.put([LinkRow(COOKIE, PERSON, NOW)])
    stores.close()
    with opened(home, village.keys) as made:
        made.live()
    return home


@pytest.fixture
def house(furnished: Path, village: Trained, tmp_path: Path) -> Iterator[House]:
    home = Path(shutil.copytree(furnished, tmp_path / "home"))
    with opened(home, village.keys) as made:
        yield made


@pytest.fixture(scope="module")
def seen(
    furnished: Path, village: Trained, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """One house for all who only look."""
    home = Path(shutil.copytree(furnished, tmp_path_factory.mktemp("seen") / "home"))
    with opened(home, village.keys) as made:
        yield made


def test_an_export_holds_every_row_of_every_table(seen: House) -> None:
    export = seen.ok("GET", f"/v1/customers/{PERSON}/export")
    con = open_tables(seen.settings.tables)
    assert set(export["tables"]) == set(TABLES) - {"products", "stock_levels"}
    for name, rows in export["tables"].items():
        column = "customer_id" if "customer_id" in TABLES[name].names else None
        assert rows, name  # the person left something in each
        if column and name not in ("identifiers", "outcomes"):
            held = con.execute(f"select count(*) from {name} where customer_id = '{PERSON}'")
            assert len(rows) == held.fetchone()[0], name
    assert {row["value"] for row in export["tables"]["identifiers"]} >= {"zq-mail", "zq-device"}
    empty = {name for name, rows in export["store"].items() if not rows}
    assert empty <= {"profile_persons", "request_ids"}  # nobody else, and no request had an id
    assert set(export["files"]) >= {"segments/customers.parquet", "identity/history.parquet"}
    assert export["profiles"][0]["profile"]
    assert not any(f'"{OTHER}"' in str(part) for part in export.values())


def test_an_erased_person_is_nowhere_and_stays_out(house: House) -> None:
    others = house.ok("GET", f"/v1/customers/{OTHER}/export")
    version = house.parts.application.bundle_version
    assert len(holding(house.settings.home)) > 20
    receipt = house.ok("DELETE", f"/v1/customers/{PERSON}")
    assert holding(house.settings.home) == []
    assert receipt["status"] == "completed"
    assert set(receipt["removed"]) >= {"store", "tables", "files", "bundles", "quarantine"}
    assert PERSON not in str(receipt)
    left = house.parts.stores.personal.statistics()
    assert {row.kind for row in left} == {"recommendations", "next_best_actions"}
    assert sum(row.count for row in left if row.outcome == "accepted") == 1
    bundle = read_bundle(house.settings.home / "champion")
    assert bundle.manifest.bundle_version == version
    assert PERSON not in bundle.customers.ids.tolist()

    house.clock.now += 100
    assert house.ok("DELETE", f"/v1/customers/{PERSON}") == receipt
    assert house.call("GET", f"/v1/customers/{PERSON}").status_code == 404
    assert house.call("GET", f"/v1/customers/{PERSON}/export").status_code == 404
    for subject in ({"customer_id": PERSON}, {"visitor_id": COOKIE}):
        answer = house.recommend(**subject)
        assert (answer["personalised"], answer["fallback"]) == (False, "cold_start")
    consent = {"customer_id": PERSON, "purpose": "analytics", "status": "granted"}
    consent |= {"channel": "any"}
    assert house.call("PUT", "/v1/consents", {"consents": [consent]}).status_code == 404
    event = {"event_id": "e9", "event_type": "search", "customer_id": PERSON, "occurred_at": NOW}
    told = house.ok("POST", "/v1/events", {"events": [event]})
    assert (told["accepted"], len(told["rejected"])) == (0, 1)
    settings, stores = house.settings, house.parts.stores
    ingest(
        (Village(), Simulated(), Planted()), settings.tables, settings.quarantine,
        as_known_at=NOW + 200, max_bad=1.0, force=True, keep_out=stores.erased,
    )  # fmt: skip
    publish(settings.tables, stores, NOW + 200)
    assert holding(settings.home) == []

    now = house.ok("GET", f"/v1/customers/{OTHER}/export")
    for part in ("tables", "files", "profiles"):
        assert now[part] == others[part]


def test_an_erasure_that_was_cut_short_is_finished(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from serving.privacy import home as parts_of_home
    from serving.privacy.erasing import Eraser
    from serving.privacy.home import Home

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    eraser = Eraser(Home(house.parts.stores, house.settings), house.clock, lambda: "e1")
    with monkeypatch.context() as patch:
        patch.setattr(parts_of_home, "erase_rows", killed)
        with pytest.raises(KeyboardInterrupt):
            eraser.erase(PERSON)
    assert house.recommend(customer_id=PERSON)["personalised"] is False
    assert holding(house.settings.home)  # the tables hold the person still
    (receipt,) = eraser.finish()
    assert (receipt["erasure_id"], receipt["status"]) == ("e1", "completed")
    assert receipt["removed"]["store"]["decisions"] == 2
    assert holding(house.settings.home) == []
    assert eraser.finish() == eraser.pending() == []


def test_while_an_ingestion_is_at_work_the_files_wait(house: House) -> None:
    from features.ingestion.work import only_one
    from serving.privacy.erasing import Eraser
    from serving.privacy.home import Home

    eraser = Eraser(Home(house.parts.stores, house.settings), house.clock, lambda: "e1")
    with only_one(house.settings.tables):
        receipt = eraser.erase(PERSON, wait_s=0.2)
    assert (receipt["status"], receipt["completed_at"]) == ("pending", None)
    assert "nextbest retain" in receipt["pending"]
    assert house.recommend(customer_id=PERSON)["fallback"] == "cold_start"
    assert eraser.erase(PERSON)["status"] == "completed"
    assert holding(house.settings.home) == []


def test_a_caller_does_not_wait_for_a_large_home(house: House) -> None:
    from features.ingestion.work import only_one
    from serving.privacy.erasing import Eraser
    from serving.privacy.home import Home

    eraser = Eraser(Home(house.parts.stores, house.settings), house.clock, lambda: "e1")
    with only_one(house.settings.tables):
        early = eraser.erase_within(PERSON, 0.0)
        assert (early["status"], early["erasure_id"]) == ("pending", "e1")
        assert early["removed"]["store"]["decisions"] == 2
    while eraser.erase_within(PERSON, 5.0)["status"] == "pending":
        continue
    assert house.parts.stores.erasures.pending() == []


@pytest.mark.parametrize("path", [f"/v1/customers/{PERSON}x/export", f"/v1/customers/{PERSON}x"])
def test_of_somebody_unknown_nothing_is_shown_or_erased(seen: House, path: str) -> None:
    method = "GET" if path.endswith("export") else "DELETE"
    assert seen.call(method, path).status_code == 404
    assert seen.parts.stores.erasures.subjects() == set()


def test_an_objection_binds_the_next_decision(house: House) -> None:
    assert house.recommend(customer_id=PERSON)["personalised"] is True
    answer = house.ok("POST", f"/v1/customers/{PERSON}/objection", {"source": "letter"})
    assert answer["accepted"] == 2
    recommended = house.recommend(customer_id=PERSON)
    assert (recommended["personalised"], recommended["fallback"]) == (False, "no_consent")
    (scored,) = house.ok("POST", "/v1/scores", {"customer_ids": [PERSON]})["customers"]
    assert (scored["scores"], scored["reason"]) == (None, "no_consent")


READS: list[tuple[str, Callable[[House], Any]]] = [
    ("customer.view", lambda h: h.ok("GET", f"/v1/customers/{PERSON}")),
    ("customer.list", lambda h: h.ok("GET", f"/v1/customers?query={PERSON}")),
    ("customer.scores", lambda h: h.ok("POST", "/v1/scores", {"customer_ids": [PERSON]})),
    ("customer.export", lambda h: h.ok("GET", f"/v1/customers/{PERSON}/export")),
    ("customer.erase", lambda h: h.ok("DELETE", f"/v1/customers/{PERSON}")),
    ("customer.object", lambda h: h.ok("POST", f"/v1/customers/{PERSON}/objection", {})),
]


def test_every_read_is_in_the_audit_log(house: House) -> None:
    decided = house.recommend(customer_id=PERSON)["decision_id"]
    house.ok("GET", f"/v1/decisions/{decided}")
    house.ok("POST", f"/v1/decisions/{decided}/replay")
    acts = ["decision.read", "decision.replay"]
    for act, read in READS[:4] + READS[5:] + READS[4:5]:
        read(house)
        acts.append(act)
    page = house.ok("GET", f"/v1/audit?customer_id={PERSON}&limit=5")
    more = house.ok("GET", f"/v1/audit?customer_id={PERSON}&before={page['next']}")
    lines = page["audit"] + more["audit"]
    assert [line["act"] for line in reversed(lines)] == acts
    assert {line["subject"] for line in lines} == {house.parts.stores.pseudonyms.of(PERSON)}
    assert {line["actor"].partition(" ")[0] for line in lines} == {"admin"}
    assert PERSON not in str(lines)
    assert more["next"] is None


@pytest.mark.parametrize(("act", "read"), READS[:4])
def test_what_cannot_be_written_down_is_not_shown(
    seen: House, monkeypatch: pytest.MonkeyPatch, act: str, read: Callable[[House], Any]
) -> None:
    from serving.stores.audit import SqlAudit
    from serving.stores.ports import StoreUnavailableError

    def full(*_: object) -> None:
        raise StoreUnavailableError(act)

    monkeypatch.setattr(SqlAudit, "add", full)
    with pytest.raises(AssertionError, match="store_unavailable"):
        read(seen)
