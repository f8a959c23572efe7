"""Caps hold when many ask for one customer at once, from threads and from processes."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from serving.problems import Problem
from serving.requests import NextBestActionsRequest
from serving.stores import Stores, open_stores
from serving.stores.copying import copy_store
from serving.stores.decisions import SqlDecisions
from serving.stores.ports import ContactRow, DecisionRecord, LedgerMark, LedgerMovedError, PersonRow
from tests.databases import PostgreSQL
from tests.integration.racing import Race, ask, run_processes, run_threads
from tests.integration.support import Trained

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    running = PostgreSQL()
    yield running
    running.close()


@pytest.fixture
def url(village: Trained, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    file = f"sqlite:///{shutil.copy(village.settings.home / 'nextbest.db', tmp_path)}"
    if getattr(request, "param", "sqlite") == "sqlite":
        return file
    database: str = request.getfixturevalue("server").new_database()
    copy_store(file, database, lambda *_: None)
    return database


@pytest.fixture
def stores(url: str) -> Iterator[Stores]:
    opened = open_stores(url)
    yield opened
    opened.close()


def race(village: Trained, url: str, cap: int) -> Race:
    return Race(url, str(village.bundle), cap)


@pytest.fixture
def reachable(village: Trained, url: str, stores: Stores) -> list[str]:
    """Customers to whom three e-mails would go at once, were there room for them."""
    decider = race(village, url, 9).decider(stores)
    ids = decider.world.bundle.customers.ids.tolist()
    found = [c for c in ids if len(ask(decider, c, n=3, dry_run=True)) == 3]
    assert len(found) >= 12
    return found


def made(told: Sequence[list[str] | str]) -> int:
    return sum(len(one) for one in told if isinstance(one, list))


def refused(told: Sequence[list[str] | str]) -> list[str]:
    return [one for one in told if isinstance(one, str)]


def contacts(stores: Stores, customers: Sequence[str]) -> int:
    return len(stores.ledger.recent(customers, 0))


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("cap", [1, 2])
def test_threads_never_overrun_a_cap(
    village: Trained, url: str, stores: Stores, reachable: list[str], cap: int, n: int
) -> None:
    one = reachable[0]
    told = run_threads(race(village, url, cap), [one] * 120, n)
    assert refused(told) == []
    assert made(told) == contacts(stores, [one]) == cap


@pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)
def test_processes_never_overrun_a_cap(
    village: Trained, url: str, stores: Stores, reachable: list[str]
) -> None:
    """Three processes of six threads ask 270 times for three customers in turn, at either cap."""
    asked = {1: reachable[:3], 2: reachable[3:6]}
    races = [(race(village, url, cap), ids * 30) for cap, ids in asked.items()]
    for (cap, ids), told in zip(asked.items(), run_processes(races, 3), strict=True):
        assert len(told) == 270
        assert refused(told) == []
        assert [contacts(stores, [c]) for c in ids] == [cap] * 3
        assert made(told) == 3 * cap


def test_ids_of_one_person_share_one_cap(
    village: Trained, url: str, stores: Stores, reachable: list[str]
) -> None:
    first, second = reachable[:2]
    stores.persons.replace([PersonRow(second, first, first)])
    told = run_threads(race(village, url, 2), [first, second] * 40)
    assert refused(told) == []
    assert made(told) == contacts(stores, [first, second]) == 2


def test_a_contact_counts_for_a_process_whose_clock_is_behind(
    village: Trained, url: str, stores: Stores, reachable: list[str]
) -> None:
    one = reachable[0]
    ahead = race(village, url, 1).decider(stores)
    behind = replace(race(village, url, 1), ahead_s=-90).decider(stores)
    assert len(ask(ahead, one)) == 1
    assert ask(behind, one) == []


def test_unrelated_customers_do_not_disturb_each_other(
    village: Trained,
    url: str,
    stores: Stores,
    reachable: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moved = []
    append = SqlDecisions.append

    def spy(
        self: SqlDecisions,
        records: Sequence[DecisionRecord],
        rows: Sequence[ContactRow] = (),
        expected: Sequence[LedgerMark] = (),
    ) -> None:
        try:
            append(self, records, rows, expected)
        except LedgerMovedError:
            moved.append(records)
            raise

    monkeypatch.setattr(SqlDecisions, "append", spy)
    # Twelve customers for six threads, in turn: each customer is always asked by the same thread.
    asked = reachable[:12]
    told = run_threads(race(village, url, 2), asked * 6)
    assert refused(told) == []
    assert [contacts(stores, [c]) for c in asked] == [2] * 12
    assert moved == []


def test_a_ledger_that_never_stands_still_is_refused_with_a_remedy(
    village: Trained,
    url: str,
    stores: Stores,
    reachable: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decider = race(village, url, 2).decider(stores)
    tries = []

    def always_moved(*_: object) -> None:
        tries.append(1)
        raise LedgerMovedError("row 2 came after row 1")

    monkeypatch.setattr(stores.decisions, "append", always_moved)
    body = {"subject": {"customer_id": reachable[0]}, "channel": "email", "direction": "outbound"}
    with pytest.raises(Problem) as caught:
        decider.next_best_actions(NextBestActionsRequest.model_validate(body))
    assert (caught.value.status, caught.value.code) == (503, "customer_busy")
    assert "again" in caught.value.remedy
    assert 2 <= len(tries) <= 20
    assert contacts(stores, [reachable[0]]) == 0
