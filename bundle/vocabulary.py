"""What a condition may read, and how protected attributes could come through it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Vocabulary(Collection[str]):
    """Names that conditions may use.

    Parameters
    ----------
    names
        Snapshot columns and ``<model>_probability``.
    protected
        By name, the way in which a protected attribute comes in: the attribute itself, or
        ``churn_probability, which the model churn makes of age_years``. None of these may enter
        a price.
    """

    names: tuple[str, ...]
    protected: Mapping[str, str] = field(default_factory=dict)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)
