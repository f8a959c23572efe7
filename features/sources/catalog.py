"""Which sources there are, by the name typed on the command line."""

from collections.abc import Callable, Sequence

from features.errors import SourceError
from features.sources.base import Source
from features.sources.complete_journey import CompleteJourney
from features.sources.simulated.source import Simulated


def _complete_journey() -> Sequence[Source]:
    # The simulated tables build on the real ones, so they come after.
    return (CompleteJourney(), Simulated())


_KNOWN: dict[str, Callable[[], Sequence[Source]]] = {"complete_journey": _complete_journey}


def find_source(name: str) -> Sequence[Source]:
    """Return the sources to load for a name, in loading order.

    Raises
    ------
    SourceError
        If the name is unknown; the message lists the known ones.
    """
    if name not in _KNOWN:
        raise SourceError(
            f"Source {name!r} is unknown.", f"use one of: {', '.join(sorted(_KNOWN))}."
        )
    return _KNOWN[name]()
