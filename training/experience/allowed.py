"""Who let us measure, as of a moment."""

from collections.abc import Sequence

import pandas as pd
from duckdb import DuckDBPyConnection

# The same rule as a snapshot's: the latest statement holds; of two in one second, the refusal.
_ALLOWED = """
with decided as (
    select customer_id, purpose, status, expires_at, row_number() over (
        partition by customer_id, purpose
        order by recorded_at desc, case when status = 'granted' then 1 else 0 end,
                 coalesce(expires_at, 9223372036854775807)
    ) as latest
    from consents
    where channel = 'any' and recorded_at < $as_of and list_contains($purposes, purpose)
)
select customer_id from decided
where latest = 1 and status = 'granted' and (expires_at is null or expires_at > $as_of)
group by customer_id having count(*) = len($purposes)
"""


def allowed_customers(
    con: DuckDBPyConnection, as_of: int, purposes: Sequence[str]
) -> "pd.Series[str]":
    """Return the ids of those who had granted every one of the purposes before ``as_of``.

    Unknown, denied, withdrawn and expired all count as refused.
    """
    given = {"as_of": as_of, "purposes": list(purposes)}
    ids: pd.Series[str] = con.execute(_ALLOWED, given).df()["customer_id"]
    return ids.sort_values(ignore_index=True)
