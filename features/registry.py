"""What a feature is, and the list of all of them.

A **relation** is a common table expression with one row per thing that happened to a customer
before ``as_of``; it has ``customer_id``, ``as_of`` and what its features need. A **feature** is
an aggregate over a relation, declared once. :mod:`features.render` turns both into one SQL text
that runs unmodified on DuckDB and Spark.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

DAY = 86_400


@dataclass(frozen=True)
class Relation:
    """Rows that features aggregate.

    Parameters
    ----------
    name
        Name of the common table expression.
    sql
        Its SELECT: over canonical tables, ``cutoffs(as_of)`` and earlier relations.
    aggregated
        False for a helper that only other relations read.
    """

    name: str
    sql: str
    aggregated: bool = True


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
        One sentence; ``{d}`` as in ``name``.
    windows
        Days back from ``as_of``, both ends of age included; empty for none.
    empty
        Value for a customer without any row in the relation; None leaves null.
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

    def expand(self) -> Iterator["Feature"]:
        """Yield one windowless feature per window, or the feature itself."""
        for days in self.windows:
            fill = {"{d}": str(days), "{w}": str(days * DAY)}
            yield replace(
                self,
                name=_filled(self.name, fill),
                expression=_filled(self.expression, fill),
                doc=_filled(self.doc, fill),
                windows=(),
            )
        if not self.windows:
            yield self


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
    relations = {relation.name for family in families for relation in family.relations}
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
