"""One process under load while the database restarts, bundles change, or its clock steps back."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bundle.manifest import read_manifest
from serving import bootstrap
from serving.bootstrap import Parts, follow
from serving.http import create_app
from serving.stores import Stores, open_stores
from tests.databases import PostgreSQL
from tests.faults.audit import Audit
from tests.faults.load import load
from tests.faults.running import KEY, threaded, wait_for
from tests.integration.support import Clock, Shop, Trained, settings_of
from tests.integration.village import NOW
from tests.serving.swapping.support import reseeded, swap_in, variant

pytestmark = pytest.mark.slow
SWITCHES = 20
API_KEYS = f"admin:{KEY}"


@pytest.fixture
def server() -> Iterator[PostgreSQL]:
    running = PostgreSQL()
    yield running
    running.close()


@pytest.fixture
def build(
    village: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Parts]]:
    """Build a process at the village's time over some store."""
    built: list[Parts] = []
    monkeypatch.setattr(bootstrap, "clock", Clock())

    def build(store_url: str, bundle: Path = village.bundle) -> Parts:
        settings = settings_of(tmp_path / "home")
        settings = replace(settings, bundle=str(bundle), store_url=store_url)
        built.append(bootstrap.build(settings))
        return built[-1]

    yield build
    for parts in built:
        parts.stores.close()


def copied(source: Stores, target: Stores, customers: list[str]) -> None:
    """Bring what a decision reads from one store into another."""
    target.stock.put(source.stock.changes_since(0)[0])
    target.consents.append(source.consents.for_customers(customers))


def test_a_restarted_database_costs_answers_and_no_write(
    village: Trained, server: PostgreSQL, build: Callable[..., Parts]
) -> None:
    url = server.new_database()
    parts = build(url)
    held = open_stores(f"sqlite:///{village.settings.home / 'nextbest.db'}")
    copied(held, parts.stores, parts.application.world.bundle.customers.ids.tolist())
    held.close()
    parts.application.world.stock.refresh()
    front = follow(parts, replace(settings_of(Path("unused")), poll_seconds=0)).front
    app = create_app(front.application, parts.stores, parts.clock, API_KEYS)
    with threaded(app) as running, load(running, lambda: NOW) as told:
        told.until(40)
        server.stop()
        down = len(told.answers)
        told.until(40)
        during = told.answers[down + 8 :]
        server.start()
        wait_for(lambda: {status for _, status, _ in told.answers[-12:]} == {200})
        told.until(40)
    app.state.commits.close()
    assert {status for kind, status, _ in during if kind != "recommendations"} == {503}
    fallbacks = {(one["fallback"], one["decision_id"]) for k, _, one in during if k[0] == "r"}
    assert fallbacks == {("store_unavailable", None)}
    assert set(told.statuses) == {200, 503}
    assert Audit(url, village.bundle).faults(told) == []
    assert len(told.decided()) > 20


def test_the_bundle_changes_twenty_times_and_no_request_fails_or_is_mixed(
    front: Shop, village: Trained, tmp_path: Path
) -> None:
    folder = variant(village.bundle, tmp_path / "served", reseeded(0))
    others = [variant(village.bundle, tmp_path / f"v{k}", reseeded(k)) for k in (1, 2)]
    versions = {read_manifest(one).bundle_version for one in others}
    followed = follow(front.parts, replace(front.settings, bundle=str(folder)))
    app = create_app(followed.front.application, front.parts.stores, front.clock, API_KEYS)
    with threaded(app) as running, load(running, front.clock) as told:
        for k in range(SWITCHES):
            swap_in(folder, others[k % 2])
            assert followed.follower.step()
            told.until(3)
    app.state.commits.close()
    assert (set(told.statuses), told.cut) == ({200}, 0)
    assert front.parts.served.switches == SWITCHES
    answered = [one["bundle_version"] for one in told.decided()]
    assert set(answered) - {read_manifest(village.bundle).bundle_version} == versions
    changes = sum(a != b for a, b in itertools.pairwise(answered))
    assert changes >= SWITCHES - 1, "each was served"
    assert Audit(front.settings.store_url, village.bundle).faults(told) == []


def test_a_clock_that_steps_back_frees_no_cap_and_forgets_no_refusal(
    front: Shop, village: Trained
) -> None:
    person, other, asked = front.regulars("marketing", "email")[:3]
    refusing = front.regulars("personalisation", "web")[0]
    mail = {"channel": "email", "direction": "outbound", "n": 2}
    contacted = front.act(person, **mail)
    assert len([one for one in contacted["actions"] if one["kind"] != "none"]) == 2
    front.consent(refusing, "personalisation", "withdrawn")
    front.consent(other, "marketing", "withdrawn", "email")
    told = front.recommend(asked)
    front.clock.now -= 3 * 86_400
    app = create_app(lambda: front.parts.application, front.parts.stores, front.clock, API_KEYS)
    with threaded(app) as running, load(running, front.clock) as under:
        under.until(60)
        for customer in (person, other):
            again = front.act(customer, **mail)
            assert [one["kind"] for one in again["actions"] if one["kind"] != "none"] == []
        assert front.recommend(refusing)["fallback"] == "no_consent"
        front.clock.now += 3 * 86_400
        under.until(30)
    app.state.commits.close()
    assert (set(under.statuses), under.cut) == ({200}, 0)
    replay = front.ok("POST", f"/v1/decisions/{told['decision_id']}/replay", scope="crm")
    assert replay["identical"]
    assert Audit(front.settings.store_url, village.bundle).faults(under) == []
