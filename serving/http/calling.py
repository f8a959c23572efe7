"""Who sent the request that is worked on."""

from contextvars import ContextVar

from serving.auth import Caller
from serving.telemetry.watching import note

_NOW: ContextVar[Caller] = ContextVar("caller")


def called_by(caller: Caller) -> None:
    """Say whose request this task works on, once its key is checked."""
    _NOW.set(caller)
    note(key=caller.name)


def caller_now() -> Caller:
    """Return who sent the request that this task works on.

    Raises
    ------
    LookupError
        Before a key is checked.
    """
    return _NOW.get()
