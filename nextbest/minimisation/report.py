"""The report: every snapshot column and every canonical column, with what uses it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bundle.usage import ColumnUse
from features.columns import CUSTOMER_ID, SOURCE
from features.lineage import Sources
from features.registry import Feature
from features.schemas import TABLES
from nextbest.minimisation.consumers import SHOWS, Reader

LITTLE = 0.001
"""Part of a model's gain below which a column hardly matters to it."""

USED, HARDLY, NEVER, NOTHING = "used", "hardly used", "offered, never used", "for nothing"
KEY, PROVENANCE, SHOWN, INDIRECT = "key", "provenance", "shown only", "unused features only"
_PERSONAL = {name for name, table in TABLES.items() if CUSTOMER_ID in table.names} | {
    "events", "social_mentions"
}  # fmt: skip


@dataclass(frozen=True)
class FeatureRow:
    """A snapshot column.

    Parameters
    ----------
    name, unit, purpose
        As declared.
    verdict
        ``used``; ``hardly used``: by models only, under 0.1 % of the gain of each; ``offered,
        never used``: an input on which no model splits; ``for nothing``: not even that.
    users
        What uses it.
    gain
        Model -> its part of that model's gain, 0 to 1.
    """

    name: str
    unit: str
    purpose: str
    verdict: str
    users: tuple[str, ...]
    gain: dict[str, float]


@dataclass(frozen=True)
class SourceRow:
    """A column of a canonical table.

    Parameters
    ----------
    table, column
        Its name.
    personal
        Whether its table is about persons.
    filled
        Rows in which it has a value.
    verdict
        ``used``; ``shown only``: for people to read; ``unused features only``: feeds columns
        that nothing uses; ``key`` and ``provenance``: needed to tell rows apart and to know
        where they are from; ``for nothing``.
    features
        How many used features it feeds.
    readers
        What else reads it, with the purpose in brackets.
    """

    table: str
    column: str
    personal: bool
    filled: int
    verdict: str
    features: int
    readers: tuple[str, ...]


@dataclass(frozen=True)
class Minimisation:
    """The whole report."""

    bundle_version: str
    features: tuple[FeatureRow, ...]
    sources: tuple[SourceRow, ...]
    recommendations: tuple[str, ...]
    caveats: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return asdict(self)


def feature_rows(
    features: Sequence[Feature],
    uses: Sequence[ColumnUse],
    outside: Mapping[str, Sequence[str]],
) -> tuple[FeatureRow, ...]:
    """Say of every snapshot column who uses it.

    Parameters
    ----------
    uses
        Of the bundle.
    outside
        Consumer outside the bundle -> columns it asks for by name.
    """
    rows = []
    for feature in features:
        mine = [use for use in uses if use.column == feature.name]
        named = [use.part for use in mine if use.gain is None]
        named += [name for name, columns in outside.items() if feature.name in columns]
        gain = {use.part: use.gain for use in mine if use.gain is not None and use.splits}
        verdict = _verdict(bool(mine), named, gain)
        rows.append(
            FeatureRow(feature.name, feature.unit, feature.purpose, verdict,
                       (*named, *gain), gain)
        )  # fmt: skip
    return tuple(rows)


def _verdict(offered: bool, named: Sequence[str], gain: Mapping[str, float]) -> str:
    if named or max(gain.values(), default=0.0) >= LITTLE:
        return USED
    if gain:
        return HARDLY
    return NEVER if offered else NOTHING


def source_rows(
    features: Sequence[FeatureRow],
    lineage: Mapping[str, Sources],
    readers: Sequence[Reader],
    filled: Mapping[tuple[str, str], int],
) -> tuple[SourceRow, ...]:
    """Say of every canonical column what is made of it.

    Parameters
    ----------
    lineage
        Feature -> canonical columns.
    filled
        (table, column) -> rows with a value; absent for none.
    """
    used = {row.name for row in features if row.verdict == USED}
    rows = []
    for table in TABLES.values():
        for column in table.names:
            source = (table.name, column)
            feeds = {name for name, sources in lineage.items() if source in sources}
            mine = [r for r in readers if column in r.reads.get(table.name, ())]
            verdict = _source_verdict(source, feeds, used, mine)
            rows.append(
                SourceRow(
                    table.name, column, table.name in _PERSONAL, filled.get(source, 0), verdict,
                    len(feeds & used),
                    tuple(f"{r.name} ({r.purpose})" if r.purpose else r.name for r in mine),
                )
            )  # fmt: skip
    return tuple(rows)


def _source_verdict(
    source: tuple[str, str], feeds: set[str], used: set[str], readers: Sequence[Reader]
) -> str:
    table, column = source
    if feeds & used or any(reader.role != SHOWS for reader in readers):
        return USED
    if column == SOURCE:
        return PROVENANCE
    if column in TABLES[table].key:
        return KEY
    if readers:
        return SHOWN
    return INDIRECT if feeds else NOTHING


def recommendations(
    features: Sequence[FeatureRow], sources: Sequence[SourceRow]
) -> tuple[str, ...]:
    """Say in sentences what could be left out."""
    idle = [row.name for row in features if row.verdict in (NEVER, NOTHING)]
    little = [row.name for row in features if row.verdict == HARDLY]
    held = [row for row in sources if row.filled]
    personal = _names(r for r in held if r.verdict == NOTHING and r.personal)
    other = _names(r for r in held if r.verdict == NOTHING and not r.personal)
    indirect = _names(r for r in held if r.verdict == INDIRECT)
    said = (
        (personal, "Stop ingesting, or delete (about persons, read by nothing): {}."),
        (indirect, "Reconsider (feeds only columns that nothing uses): {}."),
        (other, "Could be left out (not about persons, read by nothing): {}."),
        (
            idle,
            "Need not be computed (no model splits on it, no condition or segment names it): {}.",
        ),
        (little, "Could be tried without (under 0.1 % of the gain of every model): {}."),
    )
    return tuple(text.format(", ".join(names)) for names, text in said if names)


def _names(rows: Iterable[SourceRow]) -> list[str]:
    return [f"{row.table}.{row.column}" for row in rows]
