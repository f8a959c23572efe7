"""What an ingestion did, in numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TableReport:
    """What came of one table at the door.

    Parameters
    ----------
    read
        Rows given: ``new + updated + unchanged + set_aside + quarantined``.
    new
        Accepted with a key that did not stand.
    updated
        Accepted in place of an earlier row with their key.
    unchanged
        Accepted, and already there.
    set_aside
        Deliberately not loaded, by the source's own word.
    quarantined
        Refused.
    withdrawn
        Earlier rows that a derived source no longer gives.
    reasons
        ``column: reason`` -> rows refused for it, most frequent first; a row may have several.
    set_aside_reasons
        Reason -> rows set aside for it, most frequent first.
    """

    read: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    set_aside: int = 0
    quarantined: int = 0
    withdrawn: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    set_aside_reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def accepted(self) -> int:
        """Rows that stand after the run, whether they were new to it or not."""
        return self.new + self.updated + self.unchanged

    def __add__(self, other: "TableReport") -> "TableReport":
        """Add the numbers of two loads of one table."""
        return TableReport(
            self.read + other.read,
            self.new + other.new,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.set_aside + other.set_aside,
            self.quarantined + other.quarantined,
            self.withdrawn + other.withdrawn,
            _sum(self.reasons, other.reasons),
            _sum(self.set_aside_reasons, other.set_aside_reasons),
        )


@dataclass(frozen=True)
class IngestReport:
    """What an ingestion did.

    Parameters
    ----------
    tables
        Table -> what came of its rows. Empty when no portion had to be read.
    skipped
        True when every portion stood already, and nothing was read.
    portions_read, portions_skipped
        Portions loaded, and portions whose fingerprint stood already.
    run
        Number of the run that was committed; 0 when there was nothing to commit.
    resumed
        Portions taken over from a run of the same plan that was killed.
    mended
        Files that were missing or altered: their rows were read again.
    """

    tables: Mapping[str, TableReport] = field(default_factory=dict)
    skipped: bool = False
    portions_read: int = 0
    portions_skipped: int = 0
    run: int = 0
    resumed: int = 0
    mended: tuple[str, ...] = ()


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    total = dict(one)
    for reason, rows in other.items():
        total[reason] = total.get(reason, 0) + rows
    return dict(sorted(total.items(), key=lambda pair: (-pair[1], pair[0])))
