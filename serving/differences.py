"""Two values of JSON compared part by part, numbers to the last bit."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

Json = Any


@dataclass(frozen=True)
class Difference:
    """One place where a replay does not agree with the record.

    Parameters
    ----------
    path
        Names and positions from the outside in, with dots between.
    recorded, replayed
        What stands there; None where nothing does.
    """

    path: str
    recorded: Json
    replayed: Json


def differences(
    recorded: Json, replayed: Json, ignored: Collection[str] = (), path: str = ""
) -> Iterator[Difference]:
    """Yield every leaf in which two values differ.

    Parameters
    ----------
    ignored
        Names of fields that are not compared, wherever they stand.
    """
    pairs: list[tuple[str, Json, Json]]
    if isinstance(recorded, dict) and isinstance(replayed, dict):
        names = [n for n in dict.fromkeys([*recorded, *replayed]) if n not in ignored]
        pairs = [(str(n), recorded.get(n), replayed.get(n)) for n in names]
    elif isinstance(recorded, list) and isinstance(replayed, list):
        longest = range(max(len(recorded), len(replayed)))
        pairs = [(str(k), _at(recorded, k), _at(replayed, k)) for k in longest]
    else:
        # repr tells 0.0 from -0.0 and 1 from 1.0, which == does not.
        if repr(recorded) != repr(replayed):
            yield Difference(path, recorded, replayed)
        return
    for name, one, other in pairs:
        yield from differences(one, other, ignored, f"{path}.{name}" if path else name)


def _at(values: list[Json], k: int) -> Json:
    return values[k] if k < len(values) else None
