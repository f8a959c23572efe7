"""Which bucket a row is stored in: a hash of its customer, the same on every engine.

The rows of one customer lie in one bucket of each table, so that work can go bucket by bucket in
bounded memory. Tables that describe no customer lie in the bucket ``all``.
"""

import hashlib
from pathlib import Path

from features.storage import read_manifest

DEFAULT_BUCKETS = 16
MOST_BUCKETS = 256
ALL = "all"
"""Name of the only bucket of a table whose rows belong to no customer."""

_DIGITS = 3
_HEX = "0123456789abcdef"
_OWNERS = (
    "left join (select value, min(customer_id) as customer_id from main.identifiers"
    " where identifier_type in ('cookie', 'device') and customer_id is not null"
    " and relation = 'same' group by value) o on o.value = t.visitor_id"
)
_CUSTOMER = ("t.customer_id", "")
BUCKET_KEYS: dict[str, tuple[str, str]] = {
    "customers": _CUSTOMER,
    "transactions": ("coalesce(t.customer_id, t.order_id)", ""),
    "events": ("coalesce(o.customer_id, t.visitor_id)", _OWNERS),
    "consents": _CUSTOMER,
    "feedback": _CUSTOMER,
    "feedback_requests": _CUSTOMER,
    "service_contacts": _CUSTOMER,
    "third_party": _CUSTOMER,
    "exposures": _CUSTOMER,
    "outcomes": (
        "coalesce(t.customer_id, e.customer_id, t.decision_id, t.outcome_id)",
        "left join main.exposures e on t.customer_id is null and e.decision_id = t.decision_id",
    ),
}
"""Table -> SQL of the text whose hash is the bucket of row ``t``, and the join that it needs.

An event lies with the customer its visitor was linked to when it was stored, else with its
visitor: a link that came later does not move it.
"""


def bucket_sql(key: str, buckets: int) -> str:
    """Render the bucket of a text, in SQL that DuckDB and Spark read alike.

    Parameters
    ----------
    key
        SQL of the text, never null.
    buckets
        How many there are, 1 to 256.
    """
    digest = f"md5({key})"
    digits = (
        f"(instr('{_HEX}', substr({digest}, {place + 1}, 1)) - 1) * {16 ** (_DIGITS - 1 - place)}"
        for place in range(_DIGITS)
    )
    return f"(({' + '.join(digits)}) % {buckets})"


def bucket_of(key: str, buckets: int) -> int:
    """Return what :func:`bucket_sql` gives for a text."""
    digest = hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()
    return int(digest[:_DIGITS], 16) % buckets


def bucket_name(bucket: int) -> str:
    """Return the name of a bucket's folder, after ``bucket=``."""
    return f"{bucket:02d}"


def bucket_count(tables_dir: Path) -> int:
    """Return how many buckets the tables of an installation have.

    Raises
    ------
    SourceError
        If nothing was ingested.
    """
    return int(read_manifest(tables_dir)["buckets"])
