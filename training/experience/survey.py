"""Who was asked, who answered, and what: the rows that every measure reads."""

from dataclasses import dataclass, replace

import pandas as pd
from duckdb import DuckDBPyConnection

from features.columns import ANALYTICS
from training.experience.allowed import allowed_customers
from training.experience.periods import DAY

NOT_TOLD = "not told"
OPEN_DAYS = 7
"""A request younger than this may yet be answered, and does not count in a response rate."""

_ANSWERS = """
select f.customer_id, f.feedback_id, f.request_id, f.metric, cast(f.score as double) as score,
       coalesce(f.touchpoint, $not_told) as touchpoint, coalesce(f.channel, $not_told) as channel,
       f.answered_at as at
from feedback f semi join measured using (customer_id)
where f.answered_at < $as_of
order by f.answered_at, f.feedback_id
"""

_ASKED = """
select r.customer_id, r.request_id, r.metric,
       coalesce(r.touchpoint, $not_told) as touchpoint, coalesce(r.channel, $not_told) as channel,
       r.asked_at as at, a.request_id is not null as answered
from feedback_requests r semi join measured using (customer_id)
left join (
    select distinct request_id from feedback where answered_at < $as_of and request_id is not null
) a on r.request_id = a.request_id
where r.asked_at < $as_of - $open
order by r.asked_at, r.request_id
"""

_LEFT_OUT = """
select count(distinct customer_id), count(*) from feedback anti join measured using (customer_id)
where answered_at < $as_of
"""


@dataclass(frozen=True)
class Survey:
    """Answers and requests of those who allow ``analytics``, strictly before ``as_of``.

    Parameters
    ----------
    as_of
        Epoch seconds, UTC.
    answers
        One row an answer: ``customer_id``, ``request_id``, ``metric``, ``score`` (double),
        ``touchpoint``, ``channel``, ``segment`` (None without one), ``at``.
    asked
        One row a request old enough to count: the same without ``score``, with ``answered``
        (bool).
    left_out_customers, left_out_answers
        Of those who do not allow ``analytics``.
    """

    as_of: int
    answers: pd.DataFrame
    asked: pd.DataFrame
    left_out_customers: int
    left_out_answers: int


def read_survey(con: DuckDBPyConnection, as_of: int) -> Survey:
    """Read the survey.

    Parameters
    ----------
    con
        Holds the canonical tables; gains the temporary table ``measured(customer_id)``.
    as_of
        Epoch seconds, UTC; consents are those known then.
    """
    lay_measured(con, as_of)
    given = {"as_of": as_of, "not_told": NOT_TOLD}
    answers = con.execute(_ANSWERS, given).df()
    asked = con.execute(_ASKED, {**given, "open": OPEN_DAYS * DAY}).df()
    customers, rows = con.execute(_LEFT_OUT, {"as_of": as_of}).fetchall()[0]
    for frame in (answers, asked):
        frame["segment"] = pd.Series(None, index=frame.index, dtype=object)
    return Survey(as_of, answers, asked, int(customers), int(rows))


def with_segments(survey: Survey, segments: "pd.Series[str]") -> Survey:
    """Return the survey with each row's segment; who is not in ``segments`` has none."""
    answers, asked = (
        frame.assign(segment=frame["customer_id"].map(segments).astype(object))
        for frame in (survey.answers, survey.asked)
    )
    return replace(survey, answers=answers, asked=asked)


def lay_measured(con: DuckDBPyConnection, as_of: int) -> None:
    """Create the temporary table ``measured(customer_id)``: who allows ``analytics``."""
    ids = allowed_customers(con, as_of, [ANALYTICS]).to_frame()
    con.register("measured_ids", ids)
    con.execute(
        "create or replace temp table measured as"
        " select cast(customer_id as VARCHAR) as customer_id from measured_ids"
    )
    con.unregister("measured_ids")
