"""What is wrong between the fields of an action or of the policy."""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from bundle.yaml_lines import Loc

_T = TypeVar("_T", bound=Hashable)


@dataclass(frozen=True)
class Finding:
    """What is wrong between fields.

    Parameters
    ----------
    loc
        Where to show it, within the action or the policy.
    reads
        What it was found from, such as ``price`` or ``budgets[0].group``: what is itself wrong
        says nothing more.
    """

    loc: Loc
    message: str
    remedy: str
    reads: tuple[str, ...]

    def is_moot(self, wrong: Iterable[str]) -> bool:
        """Tell whether it was found from one of the fields or elements that are wrong."""
        return any(
            w == read or w.startswith((f"{read}[", f"{read}."))
            for w in wrong
            for read in self.reads
        )


def twice(values: Iterable[_T]) -> list[_T]:
    """Return the values that stand more than once, each once."""
    return [value for value, n in Counter(values).items() if n > 1]
