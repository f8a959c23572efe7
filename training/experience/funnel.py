"""Where visits end: looked at, in the cart, at the checkout, ordered; and stock-outs met."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from training.experience.breakdown import stream
from training.experience.intervals import NAN, by_customer, figure
from training.experience.periods import DAY, month_labels
from training.experience.survey import NOT_TOLD

STEPS = ("viewed", "carted", "checked_out", "ordered")
MET = "met_stock_out"
ORDER_DAYS = 7
"""An order follows a checkout when the customer buys, in any channel, within this many days."""

# A step counts only after the step before it: who puts a thing in the cart has looked at it.
# Visits reach a customer by the links seen before as_of; of the others nobody has allowed
# anything, so they are counted and left out.
_VISITS = """
with visit as (
    select e.session_id, l.customer_id, min(e.occurred_at) as at, max(e.occurred_at) as ended_at,
           coalesce(max(e.channel), $not_told) as channel,
           bool_or(e.event_type in ('product_view', 'add_to_cart', 'checkout')) as viewed,
           bool_or(e.event_type in ('add_to_cart', 'checkout')) as carted,
           bool_or(e.event_type = 'checkout') as checked_out,
           max(case when e.event_type = 'checkout' then e.occurred_at end) as checked_out_at
    from events e
    join links l on l.identifier_type in ('cookie', 'device') and l.value = e.visitor_id
     and l.as_of = $as_of
    semi join measured m on m.customer_id = l.customer_id
    where e.occurred_at < $as_of
    group by e.session_id, l.customer_id
), bought as (
    select distinct v.session_id, v.customer_id
    from visit v join purchases t
      on t.customer_id = v.customer_id and t.purchased_at >= v.checked_out_at
     and t.purchased_at < least(v.checked_out_at + $order_within, $as_of) and t.amount > 0
)
select v.session_id, v.customer_id, v.at, v.channel, v.viewed, v.carted, v.checked_out,
       v.checked_out and b.session_id is not null as ordered, o.session_id is not null as met
from visit v
left join bought b using (session_id, customer_id)
left join met_sessions o using (session_id)
order by v.at, v.session_id, v.customer_id
"""

_LEVELS = """
create or replace temp table online_levels as
select item_id, as_of as since_at, status from stock_levels where location_id = 'online'
"""

_MET = """
create or replace temp table met_sessions as
select distinct e.session_id from events e
asof join online_levels s on e.item_id = s.item_id and e.occurred_at >= s.since_at
where e.event_type in ('product_view', 'add_to_cart') and e.occurred_at < $as_of
  and s.status <> 'in_stock'
"""


@dataclass(frozen=True)
class FunnelRow:
    """Visits that came as far as a step.

    Parameters
    ----------
    by, value, period
        ``overall`` or ``channel``; the month of the visit, or ``all``.
    step
        One of :data:`STEPS`, or ``met_stock_out``: looked at or carted what was out of stock.
    visits
        That came so far.
    share, low, high
        Of those that came to the step before (of those that viewed, for ``met_stock_out``), with
        Wilson's interval over customers; NaN for the first step and for few customers.
    abandoned
        Visits that ended between the step before and this one.
    """

    by: str
    value: str
    period: str
    step: str
    visits: int
    share: float
    low: float
    high: float
    abandoned: int


@dataclass(frozen=True)
class Funnel:
    """The rows, and the visits that are in none of them: nobody's, or of who refused."""

    rows: tuple[FunnelRow, ...]
    visits: int
    left_out_visits: int


def visit_funnel(con: DuckDBPyConnection, as_of: int, seed: int) -> Funnel:
    """Follow the visits of customers who allow ``analytics`` from a look to an order.

    Reads ``measured(customer_id)``, ``links`` as of that moment (see
    :func:`features.links.lay_links`) and rows strictly before it.
    """
    con.execute(_LEVELS)
    con.execute(_MET, {"as_of": as_of})
    spans = {"as_of": as_of, "order_within": ORDER_DAYS * DAY, "not_told": NOT_TOLD}
    visits = con.execute(_VISITS, spans).df()
    total = con.execute(
        "select count(distinct session_id) from events where occurred_at < ?", [as_of]
    ).fetchall()[0][0]
    visits["month"] = month_labels(visits["at"].to_numpy(np.int64))
    rows = [*_rows(visits, "overall", "all", "all", seed)]
    for month, part in visits.groupby("month", sort=True):
        rows += _rows(part, "overall", "all", str(month), seed)
    for channel, part in visits.groupby("channel", sort=True):
        rows += _rows(part, "channel", str(channel), "all", seed)
    known = int(visits["session_id"].nunique())
    return Funnel(tuple(rows), known, int(total) - known)


def _rows(visits: pd.DataFrame, by: str, value: str, period: str, seed: int) -> list[FunnelRow]:
    place = (by, value, period)
    rows = [FunnelRow(*place, STEPS[0], int(visits[STEPS[0]].sum()), NAN, NAN, NAN, 0)]
    for before, step in pairwise(STEPS):
        rows.append(_row(place, step, visits[visits[before]], visits[step], seed))
    viewed = visits[visits[STEPS[0]]]
    return [*rows, _row(place, MET, viewed, viewed["met"], seed)]


def _row(
    place: tuple[str, str, str], step: str, before: pd.DataFrame, hit: "pd.Series[bool]", seed: int
) -> FunnelRow:
    came = np.asarray(hit.loc[before.index], dtype=np.float64)
    codes = np.asarray(pd.factorize(before["customer_id"], sort=True)[0], dtype=np.int64)
    made = figure(by_customer(codes, came), stream(seed, step, *place), share=True)
    count = int(came.sum())
    abandoned = 0 if step == MET else len(before) - count
    return FunnelRow(*place, step, count, made.estimate, made.low, made.high, abandoned)
