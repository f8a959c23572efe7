"""Which canonical table a table of the folder is, and which column is which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from features.columns import SOURCE, Column, Table
from features.schemas import TABLES
from features.sources.mapped.checks import DEFAULTS
from features.sources.mapped.drafting.looking import Found, Seen
from features.sources.mapped.drafting.words import bag, rank, synonyms

_BY_TITLE = 3.0
_MISSING = 1.5
# Without these a table is not what its name says, whatever else it holds.
_TELLING = {
    "products": ("item_id",), "customers": ("customer_id",), "consents": ("customer_id",),
    "transactions": ("order_id", "item_id"), "stock_levels": ("item_id", "quantity"),
    "events": ("event_type",),
    "identifiers": ("value",), "feedback": ("score",), "service_contacts": ("contact_id",),
    "third_party": ("attribute",), "exposures": ("customer_id", "exposed_at"),
    "outcomes": ("outcome",), "social_mentions": ("posted_at",),
    "feedback_requests": ("request_id", "asked_at"),
}  # fmt: skip


@dataclass(frozen=True)
class Guess:
    """A table of the folder taken for a canonical one.

    Parameters
    ----------
    table
        The canonical table.
    found
        The table of the folder.
    columns
        Canonical column -> the one taken for it.
    score
        How well it fits: 0 is nothing.
    """

    table: Table
    found: Found
    columns: Mapping[str, Seen]
    score: float


def guess_table(found: Found) -> Guess | None:
    """Take a table of the folder for the canonical one that fits best; None when none does."""
    guesses = [_as_table(table, found) for table in TABLES.values()]
    best = max(guesses, key=lambda guess: guess.score)
    return best if best.score > 0 else None


def _as_table(table: Table, found: Found) -> Guess:
    columns = match(table, found.columns)
    if any(name not in columns for name in _TELLING[table.name]):
        return Guess(table, found, columns, 0)
    score = 0.0
    for column in table.columns:
        if column.name in columns:
            score += 1.0 if is_needed(table, column) else 0.5
        elif is_needed(table, column):
            score -= _MISSING
    titled = synonyms("tables", table.name)
    parts = bag(found.title)
    if parts in titled:
        score += 2 * _BY_TITLE
    elif any(word <= parts for word in titled):
        score += _BY_TITLE
    return Guess(table, found, columns, score)


def is_needed(table: Table, column: Column) -> bool:
    """Tell whether a mapping without this column is refused."""
    filled = column.default or column.name in DEFAULTS.get(table.name, {})
    return not (column.nullable or filled or column.name == SOURCE)


def match(table: Table, seen: Sequence[Seen]) -> dict[str, Seen]:
    """Find the columns of a table by their names: the most telling synonym wins."""
    pairs = []
    for position, column in enumerate(table.columns):
        ranks = synonyms("columns", column.name)
        for one in seen:
            if one.name == column.name:
                pairs.append((-1, position, column.name, one))
            elif (found := rank(one.name, ranks)) is not None:
                pairs.append((found, position, column.name, one))
    taken: dict[str, Seen] = {}
    used: set[str] = set()
    for _, _, name, one in sorted(pairs, key=lambda pair: (pair[0], pair[1])):
        if name not in taken and one.name not in used:
            taken[name] = one
            used.add(one.name)
    return {name: taken[name] for name in table.names if name in taken}


def named(group: str, name: str, seen: Sequence[Seen]) -> Seen | None:
    """Find the column whose name is the most telling synonym of a name; None when none is one."""
    ranks = synonyms(group, name)
    found = [(rank(one.name, ranks), n) for n, one in enumerate(seen)]
    best = min(((place, n) for place, n in found if place is not None), default=None)
    return None if best is None else seen[best[1]]
