"""The comments of the tables, what their scores say of them, and whose may be learned from."""

import pandas as pd
from duckdb import DuckDBPyConnection

from features.columns import ANALYTICS
from features.links import as_people
from training.experience.allowed import allowed_customers

# The middle of a scale says neither: it is scored like the others, and teaches nothing.
_GOOD = """
case
    when metric = 'nps' and score >= 9 then true
    when metric = 'nps' and score <= 6 then false
    when metric = 'ces' and score >= 6 then true
    when metric = 'ces' and score <= 3 then false
    when metric in ('csat', 'stars') and score >= 4 then true
    when metric in ('csat', 'stars') and score <= 2 then false
end
"""

_COMMENTS = f"""
select 'feedback' as table_name, feedback_id as row_id, answered_at as written_at, comment,
       {_GOOD} as good
from feedback where comment is not null
union all
select 'service_contacts', contact_id, opened_at, comment, null
from service_contacts where comment is not null
union all
select 'social_mentions', mention_id, posted_at, text, null
from social_mentions where text is not null
order by written_at, table_name, row_id
"""

_WRITTEN_BY = """
select table_name, row_id
from (
    select 'feedback' as table_name, feedback_id as row_id, customer_id from feedback
    union all select 'service_contacts', contact_id, customer_id from service_contacts
)
semi join allowed_writers using (customer_id)
"""

KEYS = ["table_name", "row_id"]


def load_comments(con: DuckDBPyConnection) -> pd.DataFrame:
    """Read every comment, in the order they were written.

    Returns
    -------
    ``table_name``, ``row_id``, ``written_at`` (epoch s), ``comment``, and ``good``: whether the
    comment's own score calls it good; null in the middle of a scale and without a score.
    """
    frame = con.execute(_COMMENTS).df()
    return frame.astype({"good": "boolean", "written_at": "int64"})


def may_be_learned_from(
    con: DuckDBPyConnection, comments: pd.DataFrame, as_of: int, *, honour_consents: bool
) -> "pd.Series[bool]":
    """Tell which comments were written before ``as_of`` by customers who allowed ``analytics``.

    Consents count as they stood at ``as_of``, of every id that certainly was the same person's;
    unknown is refused. A mention on a social network is nobody's, and is never learned from.
    """
    before = (comments["written_at"] < as_of) & (comments["table_name"] != "social_mentions")
    if not honour_consents:
        return before
    with as_people(con, as_of):
        allowed = allowed_customers(con, as_of, [ANALYTICS]).to_frame("customer_id")
        con.register("allowed_writers", allowed)
        written = con.execute(_WRITTEN_BY).df()
        con.unregister("allowed_writers")
    keys = pd.MultiIndex.from_frame(comments[KEYS])
    return before & keys.isin(pd.MultiIndex.from_frame(written))
