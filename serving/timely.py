"""A time budget: what takes longer is left to end by itself, and something else is answered."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Final, TypeVar

_T = TypeVar("_T")
THREADS: Final = 8
"""Pieces of work that may run at once, late ones included."""


class OutOfTimeError(Exception):
    """The work was not done in time; it may still end, and what it writes stays written."""


class TimeBudget:
    """Runs work within a time.

    Parameters
    ----------
    seconds
        How long each piece of work may take.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="nextbest-budget")
        self._lock = Lock()
        self._late = 0

    def run(self, work: Callable[[], _T]) -> _T:
        """Return what the work returns, or raise what it raises.

        Raises
        ------
        OutOfTimeError
            If it takes longer; at once, while late work holds every thread: no request waits for
            what cannot be in time.
        """
        if self._late >= THREADS:
            raise OutOfTimeError
        job = self._pool.submit(work)
        try:
            return job.result(self._seconds)
        except TimeoutError:
            if job.done():  # the work raised it itself, or ended at the last moment
                return job.result()
            if not job.cancel():
                self._count(1)
                job.add_done_callback(self._ended)
            raise OutOfTimeError from None

    def close(self) -> None:
        """Wait for late work and end the threads."""
        self._pool.shutdown()

    def _ended(self, _: "Future[_T]") -> None:
        self._count(-1)

    def _count(self, step: int) -> None:
        with self._lock:
            self._late += step
