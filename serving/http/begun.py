"""Waiting begun before it is known whether there is anything to wait for."""

from collections.abc import Generator
from typing import Any, Generic, TypeVar

from starlette.types import Message, Receive

T = TypeVar("T")


class Begun(Generic[T]):
    """Something that waits already; awaited, it goes on from where it stands.

    Parameters
    ----------
    steps
        The rest of it.
    waits_for
        What it gave the event loop to wait for, which the loop has not seen yet.
    """

    def __init__(self, steps: Generator[Any, Any, T], waits_for: object) -> None:
        self._steps = steps
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, T]:
        """Wait for the rest."""
        try:
            yield self._waits_for
        except BaseException:  # a request that is cancelled waits no more
            self._steps.close()
            raise
        return (yield from self._steps)


def begin(receive: Receive) -> Message | Begun[Message]:
    """Ask for a message; return it if it is there, else what is to be awaited for it.

    A message that is there is the rule: a timer to bound the wait would cost more than to read it.
    It must be the only thing that the task waits for until it is awaited.
    """
    steps: Generator[Any, Any, Message] = receive().__await__()
    try:
        return Begun(steps, next(steps))
    except StopIteration as end:
        message: Message = end.value
        return message
