"""From declarations to one portable SQL text.

The text runs unmodified on DuckDB and Spark: whole epoch seconds and cents, explicit grouping
and tie-breaks, ``nullif`` on every denominator, no date function, ``e0`` literals (a bare
``86400.0`` is a DECIMAL on Spark and rounds). It needs the canonical tables, the tables
``cutoffs(as_of BIGINT)`` and ``links`` (see :mod:`features.links`), and those that
:func:`render_cross` describes.
"""

from collections.abc import Sequence

from features.columns import ANALYTICS, PERSONALISATION, THIRD_PARTY_DATA
from features.definitions.countable import COUNTABLE, EVERYBODY
from features.registry import Family, Feature, Relation, choose, needed

ALLOWED_COLUMNS = {
    PERSONALISATION: "personalisation_allowed",
    ANALYTICS: "analytics_allowed",
    THIRD_PARTY_DATA: "third_party_allowed",
}
CONSENT_COLUMNS = {
    PERSONALISATION: "personalisation_consent",
    ANALYTICS: "analytics_consent",
    THIRD_PARTY_DATA: "third_party_consent",
}
CONSENT_STATES = ("granted", "denied", "withdrawn", "expired", "unknown")

# A customer exists for us from the first purchase or the sign-up on.
_SUBJECTS = """select k.customer_id, c.as_of
from (
    select customer_id, min(purchased_at) as known_at
    from purchases
    group by customer_id
    union all
    select customer_id, signed_up_at as known_at
    from customers
) k
join cutoffs c on k.known_at < c.as_of
group by k.customer_id, c.as_of"""

# Of two decisions recorded in the same second, the one that refuses holds.
_DECISIONS = """select
    k.customer_id,
    c.as_of,
    k.purpose,
    case
        when k.status = 'granted' and k.expires_at <= c.as_of then 'expired'
        else k.status
    end as state,
    row_number() over (
        partition by k.customer_id, c.as_of, k.purpose
        order by
            k.recorded_at desc,
            case when k.status = 'granted' then 1 else 0 end,
            coalesce(k.expires_at, 9223372036854775807),
            k.status
    ) as latest
from consents k
join cutoffs c on k.recorded_at < c.as_of
where k.channel = 'any'"""


def render(
    families: Sequence[Family],
    columns: Sequence[str] | None = None,
    *,
    honour_consents: bool = True,
) -> str:
    """Render the snapshot query.

    Parameters
    ----------
    families
        What can be computed; columns follow their order.
    columns
        Names of the features wanted; None for all. Only the relations they need are rendered.
    honour_consents
        Null the columns whose purpose the customer has not granted. False leaves them, for
        benchmarks on real data whose consents are simulated.

    Returns
    -------
    str
        SQL that gives ``customer_id``, ``as_of``, the three ``*_allowed`` columns, the three
        ``*_consent`` columns (one of :data:`CONSENT_STATES`) and one DOUBLE per feature, sorted
        by ``as_of``, ``customer_id``.

    Raises
    ------
    ValueError
        If a name in ``columns`` is no feature.
    """
    chosen = choose(families, columns)
    relations = [each for each in needed(families, chosen) if not each.cross]
    used = list(dict.fromkeys(column.relation for column in chosen))
    parts = [("subjects", _SUBJECTS), ("decisions", _DECISIONS), ("allowed", _allowed())]
    parts += [(each.name, each.sql) for each in relations]
    parts += [(f"{name}_columns", _aggregate(name, chosen)) for name in used]
    ctes = ",\n".join(f"{name} as (\n{sql}\n)" for name, sql in parts)
    return f"with\n{ctes}\n{_select(chosen, used, honour_consents)}"


def render_cross(
    families: Sequence[Family],
    columns: Sequence[str] | None = None,
    *,
    honour_consents: bool = True,
) -> dict[str, str]:
    """Render the tables that :func:`render` reads and that are made of many customers' rows.

    Parameters
    ----------
    families, columns
        As for :func:`render`.
    honour_consents
        Count only customers who allow ``analytics``.

    Returns
    -------
    dict of str to str
        Table -> SELECT, in the order in which to create them, over all customers' rows.
    """
    everybody = {} if honour_consents else {COUNTABLE.name: EVERYBODY}
    return {
        each.name: everybody.get(each.name, each.sql) for each in cross_relations(families, columns)
    }


def cross_relations(
    families: Sequence[Family], columns: Sequence[str] | None = None
) -> tuple[Relation, ...]:
    """List the cross-customer relations behind the columns, in order."""
    return tuple(each for each in needed(families, choose(families, columns)) if each.cross)


def _allowed() -> str:
    flags = ",\n".join(
        f"    max(case when purpose = '{purpose}' then state end) as {name}"
        for purpose, name in CONSENT_COLUMNS.items()
    )
    return (
        f"select\n    customer_id,\n    as_of,\n{flags}\n"
        "from decisions\nwhere latest = 1\ngroup by customer_id, as_of"
    )


def _aggregate(relation: str, columns: Sequence[Feature]) -> str:
    values = ",\n".join(
        f"    cast({c.expression} as double) as {c.name}" for c in columns if c.relation == relation
    )
    return (
        f"select\n    customer_id,\n    as_of,\n{values}\nfrom {relation}"
        "\ngroup by customer_id, as_of"
    )


def _select(columns: Sequence[Feature], used: Sequence[str], honour_consents: bool) -> str:
    flags = [
        f"coalesce(a.{CONSENT_COLUMNS[purpose]}, 'unknown') = 'granted' as {name}"
        for purpose, name in ALLOWED_COLUMNS.items()
    ]
    flags += [f"coalesce(a.{name}, 'unknown') as {name}" for name in CONSENT_COLUMNS.values()]
    values = [_value(column, honour_consents) for column in columns]
    listed = ",\n    ".join(["s.customer_id", "s.as_of", *flags, *values])
    joins = "\n".join(
        f"left join {name} {alias} on s.customer_id = {alias}.customer_id"
        f" and s.as_of = {alias}.as_of"
        for name, alias in [("allowed", "a"), *((f"{name}_columns", name) for name in used)]
    )
    return f"select\n    {listed}\nfrom subjects s\n{joins}\norder by s.as_of, s.customer_id"


def _value(column: Feature, honour_consents: bool) -> str:
    value = f"{column.relation}.{column.name}"
    if column.empty is not None:
        value = f"coalesce({value}, {column.empty}e0)"
    if honour_consents:
        value = f"case when a.{CONSENT_COLUMNS[column.purpose]} = 'granted' then {value} end"
    return f"{value} as {column.name}"
