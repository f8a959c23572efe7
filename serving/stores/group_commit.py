"""Group commit: decisions that wait at the same moment are written in one transaction.

A commit waits for the disk, and on the event loop everybody would wait with it. Here one thread
writes whatever waits, and takes the next batch as soon as it is done: under load a batch grows by
itself, and a decision that comes alone waits for nobody. Each is answered after its commit.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Final, NamedTuple

from serving.stores.ports import DecisionLog, Entry, StoreUnavailableError

logger = logging.getLogger("nextbest.commit")
MOST_WAITING: Final = 512
"""Decisions that may wait, of all requests of a process; those beyond are refused at once."""
MOST_AT_ONCE: Final = 64
"""Decisions of one transaction: others wait for its lock."""
Settled = tuple[asyncio.Future[None], Exception | None]


class QueueFullError(Exception):
    """More decisions wait for the disk than it can write in a reasonable time."""


class _Waiting(NamedTuple):
    entry: Entry
    answer: asyncio.Future[None]
    loop: asyncio.AbstractEventLoop


class GroupCommit:
    """Writes decisions to a log from one thread, which starts with the first of them.

    Parameters
    ----------
    log
        Where they are written.
    noticed
        Told after each commit how many decisions it held and how many wait for the next.
    most_waiting
        Decisions that may wait.
    """

    def __init__(
        self,
        log: DecisionLog,
        noticed: Callable[[int, int], None] = lambda _records, _waiting: None,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._log = log
        self._noticed = noticed
        self._most_waiting = most_waiting
        self._waiting: deque[_Waiting] = deque()
        self._bell: SimpleQueue[bool] = SimpleQueue()  # False once, at the end
        self._ringing: asyncio.AbstractEventLoop | None = None
        self._lock = Lock()
        self._thread: Thread | None = None
        self._closed = False

    async def commit(self, entry: Entry) -> None:
        """Write a decision, with others that wait; on return it is on disk.

        Raises
        ------
        LedgerMovedError, RequestTakenError
            If this decision must be taken anew; the others of its batch are written.
        QueueFullError
            If too many wait.
        StoreUnavailableError
            If the store is locked, full or gone; nothing of the batch was written.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[None] = loop.create_future()
        with self._lock:  # whoever is let in before the closing mark is written
            if self._closed:
                raise StoreUnavailableError("the service is being stopped")
            if len(self._waiting) >= self._most_waiting:
                raise QueueFullError
            self._started()
            self._waiting.append(_Waiting(entry, answer, loop))
            if self._ringing is not loop:
                # Once for all that the loop has ready: to wake a thread costs more than to decide.
                self._ringing = loop
                loop.call_soon(self._ring)
        await answer

    def close(self) -> None:
        """Write what waits, and end; whoever comes later is refused."""
        with self._lock:
            self._closed = True
            self._bell.put(False)
        if self._thread is not None:
            self._thread.join()

    def _started(self) -> None:
        if self._thread is None:
            # With the first decision, not before: a process that forks takes no thread along.
            self._thread = Thread(target=self._run, name="nextbest-commit", daemon=True)
            self._thread.start()

    def _ring(self) -> None:
        with self._lock:
            self._ringing = None
        self._bell.put(True)

    def _run(self) -> None:
        goes_on = True
        while goes_on:
            goes_on = self._bell.get()
            while batch := self._batch():
                outcomes = self._written([one.entry for one in batch])
                _tell(batch, outcomes)
                self._noticed(len(batch), len(self._waiting))

    def _batch(self) -> list[_Waiting]:
        """Take what waits, as much as one transaction holds."""
        count = min(len(self._waiting), MOST_AT_ONCE)  # nobody else takes any
        return [self._waiting.popleft() for _ in range(count)]

    def _written(self, entries: Sequence[Entry]) -> Sequence[Exception | None]:
        """Write a batch; return for each what went wrong. Nothing may end this thread."""
        try:
            return self._log.append_each(entries)
        except StoreUnavailableError as error:
            return [error] * len(entries)
        except Exception as error:
            if len(entries) == 1:
                logger.exception("A decision could not be written.")
                return [error]
            # One of them is at fault, and took the others with it: each by itself.
            return [self._written([entry])[0] for entry in entries]


def _tell(batch: Iterable[_Waiting], outcomes: Iterable[Exception | None]) -> None:
    """Wake whoever waits: one call for each event loop, and one loop is the rule."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Settled]] = {}
    for one, outcome in zip(batch, outcomes, strict=True):
        by_loop.setdefault(one.loop, []).append((one.answer, outcome))
    for loop, settled in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle, settled)
        except RuntimeError:
            logger.warning("%d decisions were written after their service had ended.", len(settled))


def _settle(settled: Iterable[Settled]) -> None:
    for answer, outcome in settled:
        if answer.done():  # the caller hung up; the decision stands
            continue
        if outcome is None:
            answer.set_result(None)
        else:
            answer.set_exception(outcome)
