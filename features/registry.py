"""What a feature is, and the list of all of them.

A **relation** is a common table expression with one row per thing that happened to a customer
before ``as_of``; it has ``customer_id``, ``as_of`` and what its features need. A **feature** is
an aggregate over a relation, declared once. :mod:`features.render` turns both into one SQL text
that runs unmodified on DuckDB and Spark.

A **cross** relation is made of many customers' rows (popularity, usual prices, ranks among
peers). It becomes a table of its own before the customers are taken bucket by bucket.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from features.columns import PERSONALISATION

DAY = 86_400
_READS = re.compile(r"\b(?:from|join)\s+([a-z_]\w*)")


@dataclass(frozen=True)
class Relation:
    """Rows that features aggregate.

    Parameters
    ----------
    name
        Name of the common table expression.
    sql
        Its SELECT: over canonical tables, ``cutoffs(as_of)`` and earlier relations.
    cross
        Made of many customers' rows: a table, laid before the customers' own text runs. It reads
        canonical tables, ``cutoffs`` and other cross relations.
    """

    name: str
    sql: str
    cross: bool = False

    @cached_property
    def reads(self) -> frozenset[str]:
        """Names after ``from`` and ``join``: tables, views and other relations."""
        return frozenset(_READS.findall(self.sql))


@dataclass(frozen=True)
class Feature:
    """One column of a snapshot, or one per window.

    Parameters
    ----------
    name
        Column name; ``{d}`` stands for the window in days.
    relation
        Name of the relation that ``expression`` aggregates.
    source
        Canonical table that the values come from.
    expression
        Aggregate, in portable SQL; ``{w}`` stands for the window in seconds.
    unit
        ``days``, ``cents``, ``count``, ``share``, ...
    purpose
        Consent without which the column is null.
    null_means
        What a null says when the purpose is allowed; empty when it cannot be null.
    doc
        One sentence; ``{d}`` as in ``name``, as in ``null_means``.
    windows
        Days back from ``as_of``, both ends of age included; empty for none.
    empty
        Value for a customer without any row in the relation; None leaves null.
    protected
        An attribute protected by law, something that stands for one, or data bought about the
        customer: it may never enter a price (see `features.describe`).
    """

    name: str
    relation: str
    source: str
    expression: str
    unit: str
    purpose: str
    null_means: str
    doc: str
    windows: tuple[int, ...] = ()
    empty: int | None = None
    protected: bool = False

    def expand(self) -> Iterator["Feature"]:
        """Yield one windowless feature per window, or the feature itself."""
        for days in self.windows:
            fill = {"{d}": str(days), "{w}": str(days * DAY)}
            yield replace(
                self,
                name=_filled(self.name, fill),
                expression=_filled(self.expression, fill),
                doc=_filled(self.doc, fill),
                null_means=_filled(self.null_means, fill),
                windows=(),
            )
        if not self.windows:
            yield self


def declare(relation: str, source: str, purpose: str = PERSONALISATION) -> Callable[..., Feature]:
    """Return a short way to declare features of one relation.

    Returns
    -------
    Callable
        ``(name, expression, unit, doc, *windows, null="", protected=False)``. Without ``null``,
        the meaning of a null, a customer without rows gets 0.
    """

    def feature(
        name: str,
        expression: str,
        unit: str,
        doc: str,
        *windows: int,
        null: str = "",
        protected: bool = False,
    ) -> Feature:
        return Feature(
            name, relation, source, expression, unit, purpose, null, doc, windows,
            None if null else 0, protected,
        )  # fmt: skip

    return feature


def _filled(template: str, fill: dict[str, str]) -> str:
    for mark, value in fill.items():
        template = template.replace(mark, value)
    return template


@dataclass(frozen=True)
class Family:
    """Features that change together, and the relations they need, in order."""

    name: str
    relations: tuple[Relation, ...]
    features: tuple[Feature, ...]


def expand(families: Sequence[Family]) -> tuple[Feature, ...]:
    """List every column of the families, in order.

    Raises
    ------
    ValueError
        If a name is used twice, or a feature names a relation that does not exist.
    """
    relations = {relation.name for relation in relations_of(families)}
    columns = tuple(
        column for family in families for each in family.features for column in each.expand()
    )
    names = [column.name for column in columns]
    if len(set(names)) != len(names):
        raise ValueError(f"feature names must be unique: {sorted(names)}")
    for column in columns:
        if column.relation not in relations:
            raise ValueError(f"feature {column.name}: no relation {column.relation!r}")
    return columns


def relations_of(families: Sequence[Family]) -> tuple[Relation, ...]:
    """List the relations of the families, each after those it reads.

    Raises
    ------
    ValueError
        If a name is used twice.
    """
    relations = tuple(relation for family in families for relation in family.relations)
    names = [relation.name for relation in relations]
    if len(set(names)) != len(names):
        raise ValueError(f"relation names must be unique: {sorted(names)}")
    return relations


def choose(families: Sequence[Family], columns: Sequence[str] | None) -> tuple[Feature, ...]:
    """Take the named columns, in registry order; all of them for None.

    Raises
    ------
    ValueError
        If a name is no column.
    """
    known = expand(families)
    if columns is None:
        return known
    unknown = set(columns) - {column.name for column in known}
    if unknown:
        raise ValueError(
            f"columns: no feature {sorted(unknown)}; `nextbest features --describe` lists them"
        )
    return tuple(column for column in known if column.name in set(columns))


def needed(families: Sequence[Family], columns: Sequence[Feature]) -> tuple[Relation, ...]:
    """List the relations that the columns are computed from, each after those it reads."""
    wanted = {column.relation for column in columns}
    used: list[Relation] = []
    for relation in reversed(relations_of(families)):
        if relation.name in wanted:
            used.append(relation)
            wanted |= relation.reads
    return tuple(reversed(used))
