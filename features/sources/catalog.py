"""Which sources there are: by the name typed on the command line, or by the path of a mapping."""

from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path

from features.errors import SourceError
from features.sources.base import Source
from features.sources.complete_journey import CompleteJourney
from features.sources.mapped.source import Mapped
from features.sources.mapped.suggesting import suggest
from features.sources.simulated.source import Simulated

MAPPING = "sources.yaml"
_ENDINGS = (".yaml", ".yml")


def _complete_journey() -> Sequence[Source]:
    # The simulated tables build on the real ones, so they come after.
    return (CompleteJourney(), Simulated())


def _online_retail_2() -> Sequence[Source]:
    return (Mapped(Path(str(files("features.sources.shipped") / "online_retail_2.yaml"))),)


_KNOWN: dict[str, Callable[[], Sequence[Source]]] = {
    "complete_journey": _complete_journey,
    "online_retail_2": _online_retail_2,
}


def find_source(name: str) -> Sequence[Source]:
    """Return the sources to load, in loading order.

    Parameters
    ----------
    name
        A known name, the path of a ``sources.yaml``, or a folder that holds one.

    Raises
    ------
    SourceError
        If there is none; the message lists the known names. If the mapping is wrong.
    """
    if name in _KNOWN:
        return _KNOWN[name]()
    path = Path(name).expanduser()
    if path.is_dir():
        if not (path / MAPPING).is_file():
            raise SourceError(
                f"Folder {path} holds no {MAPPING}.",
                f"nextbest ingest --init {path} drafts one from its files.",
            )
        path = path / MAPPING
    if path.suffix in _ENDINGS or path.is_file():
        return (Mapped(path),)
    raise SourceError(
        f"Source {name!r} is unknown: neither a name, nor a folder, nor a {MAPPING}.",
        suggest(name, _KNOWN),
    )
