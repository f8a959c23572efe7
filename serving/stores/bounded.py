"""A PostgreSQL connection that waits for no answer longer than it should.

The server's own timeouts need a server that runs: one that hangs, or a machine that froze, answers
nothing, not even that it is late.
"""

import time
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg

T = TypeVar("T")
WITHIN_S = 3.0
"""Seconds for one answer: longer than any timeout of the server, which says what was slow."""
PATIENT_S = 2000.0


class BoundedConnection(psycopg.Connection[Any]):
    """A connection of psycopg; ``within_s`` may be set for what takes longer."""

    within_s: float = WITHIN_S

    def wait(self, gen: Generator[Any, Any, T], *more: Any, **named: Any) -> T:  # noqa: ANN401
        """Wait for an answer.

        Raises
        ------
        psycopg.OperationalError
            If there is none in time; the connection is closed then, for its state is unknown.
        """
        return super().wait(self._ending(gen), *more, **named)

    def _ending(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        ends = time.monotonic() + self.within_s
        try:
            state = next(gen)
            while True:
                ready = yield state
                # Nothing is ready each tenth of a second, in which psycopg looks up.
                if not ready and time.monotonic() > ends:
                    self.close()
                    raise psycopg.OperationalError(f"no answer within {self.within_s:g} s")
                state = gen.send(ready)
        except StopIteration as done:
            value: T = done.value
            return value


def forget_patience(connection: BoundedConnection | None, _record: object) -> None:
    """Have a connection that goes back to its pool hurry again."""
    if connection is not None:
        connection.within_s = WITHIN_S
