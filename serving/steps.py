"""Work that writes on the way, in steps: it yields what to write, and goes on when it is written.

The same decision is taken by a request on the event loop, which must not wait for the disk, and by
a job or a test, which may. Whoever drives the steps chooses how they are written; the work between
them does not know. A refusal to write is raised where the work stands, and the work may try anew.
"""

from collections.abc import Generator
from typing import TypeVar

from serving.stores.group_commit import GroupCommit
from serving.stores.ports import DecisionLog, Entry
from serving.telemetry.watching import mark

T = TypeVar("T")
Steps = Generator[Entry, None, T]


def taken_now(steps: Steps[T], log: DecisionLog) -> T:
    """Take the steps; each is written by itself, while the caller waits."""
    try:
        entry = next(steps)
        while True:
            try:
                _write(log, entry)
            except Exception as error:
                entry = steps.throw(error)
            else:
                entry = next(steps)
    except StopIteration as end:
        result: T = end.value
        return result


async def taken_together(steps: Steps[T], commits: GroupCommit) -> T:
    """Take the steps on an event loop; each is written with those of others that wait."""
    try:
        entry = next(steps)
        while True:
            try:
                await commits.commit(entry)
                mark("commit")
            except Exception as error:
                entry = steps.throw(error)
            else:
                entry = next(steps)
    except StopIteration as end:
        result: T = end.value
        return result


def _write(log: DecisionLog, entry: Entry) -> None:
    if entry.request is None:
        log.append([entry.record], entry.contacts, [entry.expected] if entry.expected else [])
        return
    (refusal,) = log.append_each([entry])
    if refusal is not None:
        raise refusal
