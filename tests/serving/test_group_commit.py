"""Group commit: written before answered, together, each with its own verdict, in bounds."""

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from serving.stores import Stores
from serving.stores.group_commit import MOST_AT_ONCE, GroupCommit, QueueFullError
from serving.stores.memory import memory_stores
from serving.stores.ports import (
    DecisionRecord,
    Entry,
    LedgerMark,
    LedgerMovedError,
    StoreUnavailableError,
)

AT = 1_790_000_000


def entry(name: str, last: int = 0) -> Entry:
    record = DecisionRecord(name, AT, "next_best_actions", "c1", "email", {})
    return Entry(record, [], LedgerMark(("c1",), last))


class Log:
    """A log that waits to be let on, and remembers its batches."""

    def __init__(self, stores: Stores) -> None:
        self.stores = stores
        self.batches: list[list[str]] = []
        self.begun, self.go = threading.Event(), threading.Event()
        self.fault: Exception | None = None

    def append_each(self, entries: Sequence[Entry]) -> Any:
        self.batches.append([one.record.decision_id for one in entries])
        self.begun.set()
        self.go.wait()
        if self.fault is not None:
            raise self.fault
        return self.stores.decisions.append_each(entries)


@pytest.fixture
def log() -> Log:
    return Log(memory_stores())


def committing(log: Any, **more: Any) -> GroupCommit:
    return GroupCommit(log, **more)


async def begun(log: Log) -> None:
    while not log.begun.is_set():
        await asyncio.sleep(0)


def test_a_decision_is_answered_after_it_is_written_and_others_join_the_next_batch(
    log: Log,
) -> None:
    commits = committing(log)

    async def run() -> None:
        first = asyncio.create_task(commits.commit(entry("d0")))
        await begun(log)
        rest = [asyncio.create_task(commits.commit(entry(f"d{k}"))) for k in range(1, 5)]
        await asyncio.sleep(0.01)
        assert not first.done()
        log.go.set()
        await asyncio.gather(first, *rest)

    asyncio.run(run())
    commits.close()
    assert log.batches == [["d0"], ["d1", "d2", "d3", "d4"]]
    assert log.stores.decisions.exists([f"d{k}" for k in range(5)]) == {f"d{k}" for k in range(5)}


def test_a_batch_has_an_end(log: Log) -> None:
    commits = committing(log)

    async def run() -> None:
        first = asyncio.create_task(commits.commit(entry("first")))
        await begun(log)
        rest = [commits.commit(entry(f"d{k}")) for k in range(MOST_AT_ONCE + 3)]
        waiting = asyncio.gather(first, *rest)
        await asyncio.sleep(0)
        log.go.set()
        await waiting

    asyncio.run(run())
    commits.close()
    assert [len(one) for one in log.batches] == [1, MOST_AT_ONCE, 3]


def test_each_gets_its_own_verdict(log: Log) -> None:
    log.go.set()
    commits = committing(log)

    async def run() -> list[BaseException | None]:
        jobs = [commits.commit(entry(f"d{k}", last=k)) for k in range(3)]
        return list(await asyncio.gather(*jobs, return_exceptions=True))

    told = asyncio.run(run())
    commits.close()
    assert [type(one) for one in told] == [type(None), LedgerMovedError, LedgerMovedError]


def test_a_store_that_is_gone_refuses_the_whole_batch_and_the_next_is_tried(log: Log) -> None:
    log.fault = StoreUnavailableError("disk full")
    log.go.set()
    commits = committing(log)

    async def both() -> list[BaseException | None]:
        jobs = [commits.commit(entry(name)) for name in ("d1", "d2")]
        return list(await asyncio.gather(*jobs, return_exceptions=True))

    async def run() -> None:
        assert {type(one) for one in await both()} == {StoreUnavailableError}
        log.fault = None
        assert await both() == [None, None]

    asyncio.run(run())
    commits.close()


def test_a_decision_at_fault_takes_no_other_with_it(log: Log) -> None:
    log.go.set()
    log.stores.decisions.append([entry("taken").record])
    commits = committing(log)

    async def run() -> list[BaseException | None]:
        jobs = [commits.commit(entry(name)) for name in ("d1", "taken", "d2")]
        return list(await asyncio.gather(*jobs, return_exceptions=True))

    told = asyncio.run(run())
    commits.close()
    assert [type(one) for one in told] == [type(None), ValueError, type(None)]
    assert log.stores.decisions.exists(["d1", "d2"]) == {"d1", "d2"}


def test_whoever_finds_the_queue_full_is_refused_at_once(log: Log) -> None:
    commits = committing(log, most_waiting=2)

    async def run() -> None:
        first = asyncio.create_task(commits.commit(entry("d0")))
        await begun(log)
        waiting = [asyncio.create_task(commits.commit(entry(name))) for name in ("d1", "d2")]
        await asyncio.sleep(0)
        with pytest.raises(QueueFullError):
            await commits.commit(entry("d3"))
        log.go.set()
        await asyncio.gather(first, *waiting)
        await commits.commit(entry("d3"))

    asyncio.run(run())
    commits.close()


def test_closing_writes_what_waits_and_refuses_what_comes(log: Log) -> None:
    commits = committing(log)

    async def run() -> None:
        jobs = [asyncio.create_task(commits.commit(entry(name))) for name in ("d0", "d1")]
        await begun(log)
        closing = asyncio.create_task(asyncio.to_thread(commits.close))
        await asyncio.sleep(0.01)
        with pytest.raises(StoreUnavailableError, match="stopped"):
            await commits.commit(entry("late"))
        log.go.set()
        await asyncio.gather(closing, *jobs)

    asyncio.run(run())
    assert log.stores.decisions.exists(["d0", "d1", "late"]) == {"d0", "d1"}


def test_closing_unused_is_nothing(log: Log) -> None:
    committing(log).close()


def test_who_hangs_up_is_written_and_disturbs_nobody(log: Log) -> None:
    commits = committing(log)

    async def run() -> None:
        gone = asyncio.create_task(commits.commit(entry("gone")))
        await begun(log)
        stays = asyncio.create_task(commits.commit(entry("stays")))
        await asyncio.sleep(0)
        gone.cancel()
        log.go.set()
        await stays
        with pytest.raises(asyncio.CancelledError):
            await gone

    asyncio.run(run())
    commits.close()
    assert log.stores.decisions.exists(["gone", "stays"]) == {"gone", "stays"}


def test_a_loop_that_ended_meanwhile_is_told_nothing(
    log: Log, caplog: pytest.LogCaptureFixture
) -> None:
    commits = committing(log)

    async def run() -> None:
        job = asyncio.create_task(commits.commit(entry("d0")))
        await begun(log)
        job.cancel()

    asyncio.run(run())
    log.go.set()
    commits.close()
    assert "1 decisions were written after their service had ended" in caplog.text


def test_commits_are_counted(log: Log) -> None:
    log.go.set()
    noticed: list[tuple[int, int]] = []
    commits = committing(log, noticed=lambda *told: noticed.append(told))

    async def run() -> None:
        await commits.commit(entry("d0"))
        while not noticed:  # told after the answer
            await asyncio.sleep(0)

    asyncio.run(run())
    commits.close()
    assert noticed == [(1, 0)]
