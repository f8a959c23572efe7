"""Work that can be ended from outside: it calls a tick between its steps."""

from collections.abc import Callable

Tick = Callable[[], None]
"""Called between steps; it raises `OutOfTimeError` to end the work."""


class OutOfTimeError(Exception):
    """The time for this work is over; whoever gave the tick catches it."""


def untimed() -> None:
    """Let the work go on."""
