"""An answer as it is given: a head of its own, and a rest that may have been given before."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_core import from_json, to_json

Said = Mapping[str, Any]


class Told(Mapping[str, Any]):
    """An answer of which all but the head is written already.

    It reads as a mapping; what is asked of the rest is parsed when somebody asks.

    Parameters
    ----------
    head
        What is this answer's own: its id and its moment, and what a caller asks for most.
    rest
        A JSON object of at least one member: the other members.
    summary
        What the counts of the service need of the rest.
    """

    __slots__ = ("_whole", "head", "rest", "summary")

    def __init__(self, head: Said, rest: bytes, summary: Said) -> None:
        self.head = head
        self.rest = rest
        self.summary = summary
        self._whole: dict[str, Any] | None = None

    def json(self) -> bytes:
        """Return the answer as one JSON object."""
        return to_json(self.head)[:-1] + b"," + self.rest[1:]

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - any JSON
        """Return a member."""
        return self.head[name] if name in self.head else self._read()[name]

    def __iter__(self) -> Iterator[str]:
        """Name the members, in their order."""
        return iter(self._read())

    def __len__(self) -> int:
        """Count the members."""
        return len(self._read())

    def _read(self) -> dict[str, Any]:
        if self._whole is None:
            self._whole = {**self.head, **from_json(self.rest)}
        return self._whole


def summary_of(answer: Said) -> dict[str, Any]:
    """Return what is counted of an answer: drops by reason, and the first choice."""
    counts: dict[tuple[str, str], int] = {}
    for one in answer["dropped"]:
        about = one["stage"], one["reason"]
        counts[about] = counts.get(about, 0) + one.get("count", 1)
    slate = "items" if "items" in answer else "actions"
    first = next((one for one in answer[slate] if one.get("kind") != "none"), None)
    plain = {name: answer[name] for name in ("arm", "fallback", "personalised") if name in answer}
    return plain | {
        "dropped": [{"stage": s, "reason": r, "count": n} for (s, r), n in counts.items()],
        slate: [] if first is None else [first],
    }


def counted_of(answer: Said) -> Said:
    """Return what is counted of an answer, with its head."""
    return {**answer.summary, **answer.head} if isinstance(answer, Told) else answer
