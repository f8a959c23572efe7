"""Which columns of the canonical tables each feature is computed from.

Read off the SQL by SQLGlot as a parser: nothing is run. A value counts as read when it stands in
the feature's expression, in what that is computed from, or anywhere in a condition, join, group
or order on the way: a filter is a use as well.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import sqlglot
from sqlglot import expressions as sql
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

from features.columns import CUSTOMER_ID, SOURCE
from features.definitions import FAMILIES
from features.derived import COMMENT_SCORE_COLUMNS, COMMENT_SCORES, DERIVED
from features.registry import Family, Feature, expand, relations_of
from features.schemas import TABLES

Source = tuple[str, str]
Sources = frozenset[Source]
NONE: Sources = frozenset()

# Laid by code from these columns, not by SQL of the registry.
_IDENTITY: Sources = frozenset(
    ("identifiers", name) for name in TABLES["identifiers"].names if name != SOURCE
)
_COMMENTS: Sources = frozenset(
    (table, column)
    for table, columns in {
        "feedback": ("feedback_id", "answered_at", "comment", "metric", "score", "customer_id"),
        "service_contacts": ("contact_id", "opened_at", "comment"),
        "social_mentions": ("mention_id", "posted_at", "text"),
    }.items()
    for column in columns
)
_LAID: Mapping[str, Mapping[str, Sources]] = {
    "cutoffs": {"as_of": NONE},
    "links": {
        "as_of": NONE,
        "identifier_type": _IDENTITY,
        "value": _IDENTITY,
        "customer_id": _IDENTITY,
    },
    COMMENT_SCORES: dict.fromkeys(COMMENT_SCORE_COLUMNS, _COMMENTS),
}


@cache
def feature_sources(families: Sequence[Family] = FAMILIES) -> Mapping[str, Sources]:
    """Return feature name -> the (table, column) pairs that it is computed from.

    Parameters
    ----------
    families
        As a tuple; the registry's own when left out.

    Raises
    ------
    ValueError
        If the SQL of a relation or a feature cannot be read, or names an unknown column.
    """
    known = _known_relations(families)
    return {column.name: _of_feature(column, known) for column in expand(families)}


def read_columns(select: str) -> Sources:
    """Return the canonical columns that a SELECT over the canonical tables and views reads.

    Raises
    ------
    ValueError
        If it cannot be read, or names an unknown table or column.
    """
    outputs, always = _of_select(select, _known_views())
    return always.union(*outputs.values())


Known = dict[str, Mapping[str, Sources]]


def _known_views() -> Known:
    known: Known = {
        table.name: {name: frozenset({(table.name, name)}) for name in table.names}
        for table in TABLES.values()
    }
    known.update(_LAID)
    for name, select in DERIVED.items():
        known[name] = _spread(*_of_select(select, known))
    return known


def _known_relations(families: Sequence[Family]) -> Known:
    known = _known_views()
    for relation in relations_of(families):
        known[relation.name] = _spread(*_of_select(relation.sql, known))
    return known


def _spread(outputs: Mapping[str, Sources], always: Sources) -> dict[str, Sources]:
    """Add what decides which rows there are to every column."""
    return {name: sources | always for name, sources in outputs.items()}


def _of_feature(feature: Feature, known: Known) -> Sources:
    select = f"select {feature.expression} as value from {feature.relation}"
    outputs, always = _of_select(select, known)
    # Even count(*) reads the rows: what decides them is in every column of the relation. And
    # every feature is grouped by customer.
    columns = known[feature.relation]
    rows = frozenset.intersection(*columns.values())
    return outputs["value"] | always | rows | columns[CUSTOMER_ID]


def _of_select(select: str, known: Known) -> tuple[dict[str, Sources], Sources]:
    """Return what each output column is computed from, and what decides the rows."""
    schema: dict[str, object] = {
        name: dict.fromkeys(columns, "UNKNOWN") for name, columns in known.items()
    }
    try:
        tree = qualify(
            sqlglot.parse_one(select, dialect="duckdb"), schema=schema, dialect="duckdb",
            quote_identifiers=False,
        )  # fmt: skip
    except sqlglot.errors.SqlglotError as error:
        raise ValueError(f"{select[:60]!r}... cannot be traced: {error}") from error
    scope = build_scope(tree)
    if scope is None:
        raise ValueError(f"{select[:60]!r}... is no SELECT")
    return _of_scope(scope, known)


def _of_scope(scope: Scope, known: Known) -> tuple[dict[str, Sources], Sources]:
    if scope.set_operation_scopes:
        return _of_union([_of_scope(part, known) for part in scope.set_operation_scopes])
    inner = {name: _of_source(source, known) for name, source in scope.sources.items()}

    def of(columns: Iterable[sql.Column]) -> Sources:
        return NONE.union(*(inner[c.table][0].get(c.name, NONE) for c in columns))

    query = scope.expression
    if not isinstance(query, sql.Query):
        raise ValueError(f"{query.sql()[:60]!r}... is no SELECT")
    outputs, within = {}, set[int]()
    for projection in query.selects:
        columns = list(projection.find_all(sql.Column))
        within |= {id(column) for column in columns}
        outputs[projection.alias_or_name] = of(c for c in columns if c.table in inner)
    rest = [c for c in scope.columns if id(c) not in within and c.table in inner]
    deciding = [always for _, always in inner.values()]
    nested = [_everything(_of_scope(part, known)) for part in scope.subquery_scopes]
    return outputs, of(rest).union(*deciding, *nested)


def _of_source(source: object, known: Known) -> tuple[Mapping[str, Sources], Sources]:
    if isinstance(source, Scope):
        return _of_scope(source, known)
    name = source.name if isinstance(source, sql.Table) else ""
    if name not in known:
        raise ValueError(f"table {name!r} is neither canonical, nor a view, nor a relation before")
    columns = known[name]
    return columns, frozenset.intersection(*columns.values())


def _of_union(
    parts: Sequence[tuple[dict[str, Sources], Sources]],
) -> tuple[dict[str, Sources], Sources]:
    """Join the parts by position, under the first one's names."""
    names = list(parts[0][0])
    columns = zip(*(part[0].values() for part in parts), strict=True)
    outputs = {name: NONE.union(*sources) for name, sources in zip(names, columns, strict=True)}
    return outputs, NONE.union(*(always for _, always in parts))


def _everything(traced: tuple[dict[str, Sources], Sources]) -> Sources:
    outputs, always = traced
    return always.union(*outputs.values())
