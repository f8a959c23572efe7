"""What can be told of the effort of a contact once it is closed, or a week after it was opened."""

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from training.experience.periods import DAY, WINDOW_DAYS

Floats = NDArray[np.float64]
REPEAT_DAYS = 7
FACTS = ("settled", "waited_days", "again", "earlier_contacts", "last_level")
"""Whether the contact was settled; days until it was closed, at most 7; whether it came within 7
days of another; contacts in the 90 days before it; the latest answer before, 0 worst to 1 best."""

# Seen at one age in training and in use: an answer comes days after its contact, and a silent
# customer is looked at up to 90 days after it. Nothing at or after the moment is read.
_FACTS = """
with asked as (
    select m.row_no, m.customer_id, m.moment, s.contact_id, s.opened_at,
           case when s.closed_at < m.moment then s.closed_at end as closed_at, s.resolved,
           row_number() over (
               partition by m.row_no order by s.opened_at desc, s.contact_id desc
           ) as latest
    from moments m join service_contacts s
      on s.customer_id = m.customer_id
     and s.opened_at < m.moment and s.opened_at >= m.moment - $span
), contact as (
    select *, least(moment, coalesce(closed_at + 1, opened_at + $repeat)) as seen_at
    from asked where latest = 1
), before as (
    select c.row_no, count(*) as earlier,
           count(*) filter (where s.opened_at >= c.opened_at - $repeat) as again
    from contact c join service_contacts s
      on s.customer_id = c.customer_id and s.opened_at < c.opened_at
     and s.opened_at >= c.opened_at - $span
    group by c.row_no
), said as (
    select c.row_no, arg_max(
        case f.metric when 'nps' then f.score / 10.0 when 'ces' then (f.score - 1) / 6.0
             else (f.score - 1) / 4.0 end, (f.answered_at, f.feedback_id)) as level
    from contact c join feedback f
      on f.customer_id = c.customer_id and f.answered_at < c.seen_at
    group by c.row_no
)
select c.row_no,
       case when closed_at < seen_at and coalesce(resolved, true) then 1.0 else 0.0 end as settled,
       least(seen_at - opened_at, $repeat) / 86400.0 as waited_days,
       case when coalesce(b.again, 0) > 0 then 1.0 else 0.0 end as again,
       coalesce(b.earlier, 0)::double as earlier_contacts, level::double as last_level
from contact c left join before b using (row_no) left join said using (row_no)
order by c.row_no
"""


def contact_facts(
    con: DuckDBPyConnection, customers: "pd.Series[str]", at: NDArray[np.int64]
) -> Floats:
    """Return what was known of each customer's latest contact, of the last 90 days.

    Parameters
    ----------
    customers, at
        Of the same length: who, and the moment (epoch seconds UTC) before which rows count.

    Returns
    -------
    float64 (customers, facts) in the order of :data:`FACTS`; all NaN without a contact.
    """
    moments = pd.DataFrame(
        {
            "row_no": np.arange(len(customers)),
            "customer_id": customers.to_numpy(object),
            "moment": at,
        }
    )
    con.register("given_moments", moments)
    con.execute("create or replace temp table moments as select * from given_moments")
    con.unregister("given_moments")
    spans = {"span": WINDOW_DAYS * DAY, "repeat": REPEAT_DAYS * DAY}
    found = con.execute(_FACTS, spans).df()
    facts = np.full((len(customers), len(FACTS)), np.nan)
    facts[found["row_no"].to_numpy(np.int64)] = found[list(FACTS)].to_numpy(np.float64)
    return facts
