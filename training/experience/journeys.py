"""What happened on the way: contacts per order, repeats, resolution, and where visits end."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from training.experience.breakdown import OVERALL, stream
from training.experience.effort import REPEAT_DAYS
from training.experience.intervals import Clusters, Figure, by_customer, figure
from training.experience.periods import ALL, DAY, MONTH, labels
from training.experience.resolution import kaplan_meier
from training.experience.survey import NOT_TOLD

Floats = NDArray[np.float64]

_ORDERS = """
select customer_id, min(purchased_at) as at
from purchases semi join measured using (customer_id)
where purchased_at < $as_of and amount > 0
group by customer_id, order_id order by customer_id, order_id
"""

# A contact closed after as_of is still open then; one closed without being settled is not resolved.
_CONTACTS = """
select s.customer_id, s.opened_at as at, coalesce(s.channel, $not_told) as channel,
       coalesce(s.topic, $not_told) as topic,
       case when s.closed_at < $as_of and coalesce(s.resolved, true) then s.closed_at end
           as resolved_at,
       s.closed_at < $as_of and s.resolved is null as untold,
       lead(s.opened_at) over same - s.opened_at <= $repeat as repeated,
       s.opened_at - lag(s.opened_at) over same <= $repeat as again
from service_contacts s semi join measured using (customer_id)
where s.opened_at < $as_of
window same as (partition by s.customer_id order by s.opened_at, s.contact_id)
order by s.opened_at, s.contact_id
"""


@dataclass(frozen=True)
class Step:
    """One figure about journeys.

    Parameters
    ----------
    measure
        ``contacts_per_100_orders``, ``repeated_within_7_days``, ``resolved_at_first_contact``,
        ``hours_to_resolution_median``, ``hours_to_resolution_p90``.
    by, value, period
        As in :class:`training.experience.breakdown.Row`; ``channel`` and ``topic`` are the
        contact's.
    n, estimate, low, high
        What it is counted over (orders or contacts), the figure and its 95 % interval; infinite
        where too many contacts are open to tell.
    """

    measure: str
    by: str
    value: str
    period: str
    n: int
    estimate: float
    low: float
    high: float


def contact_steps(con: DuckDBPyConnection, as_of: int, seed: int) -> Iterator[Step]:
    """Yield what service contacts show, overall, by month, channel and topic.

    Reads ``measured(customer_id)`` (see :func:`training.experience.survey.lay_measured`) and rows
    strictly before ``as_of``.
    """
    given = {"as_of": as_of, "repeat": REPEAT_DAYS * DAY, "not_told": NOT_TOLD}
    contacts = con.execute(_CONTACTS, given).df()
    contacts["ripe"] = contacts["at"] < as_of - REPEAT_DAYS * DAY
    flags = ["repeated", "again"]
    contacts[flags] = contacts[flags].astype("boolean").fillna(False).astype(bool)
    orders = con.execute(_ORDERS, {"as_of": as_of}).df()
    contacts[OVERALL], orders[OVERALL] = "all", "all"
    for kind in (ALL, MONTH):
        for frame in (contacts, orders):
            frame["period"] = labels(kind, frame["at"].to_numpy(np.int64), as_of)
        yield from _rates(contacts, orders, seed)
    contacts["period"] = ALL
    for by in (OVERALL, "channel", "topic"):
        for value, cell in contacts.groupby(by, sort=True):
            yield from _repeats(cell, (by, str(value), ALL), seed)
            yield from _times(cell, (by, str(value), ALL), as_of)


def _rates(contacts: pd.DataFrame, orders: pd.DataFrame, seed: int) -> Iterator[Step]:
    """Yield contacts per 100 orders, by period, with customers resampled as a whole."""
    codes = pd.factorize(pd.concat([contacts["customer_id"], orders["customer_id"]]), sort=True)[0]
    contacts = contacts.assign(customer=codes[: len(contacts)])
    orders = orders.assign(customer=codes[len(contacts) :])
    for period, bought in orders.groupby("period", sort=True):
        asked = contacts.loc[contacts["period"] == period, "customer"].to_numpy(np.int64)
        # Who asked but bought nothing in the period has contacts and no order: both count.
        everyone, index = np.unique(np.r_[asked, bought["customer"]], return_inverse=True)
        clusters = Clusters(
            np.bincount(index[: asked.size], minlength=everyone.size) * np.float64(100.0),
            np.bincount(index[asked.size :], minlength=everyone.size).astype(np.float64),
            len(bought),
        )
        made = figure(clusters, stream(seed, "contacts_per_100_orders", str(period)))
        yield _step("contacts_per_100_orders", (OVERALL, "all", str(period)), made)


def _repeats(cell: pd.DataFrame, place: tuple[str, str, str], seed: int) -> Iterator[Step]:
    """Yield the share asked again within 7 days, and the share settled by one contact alone."""
    ripe = cell[cell["ripe"]]
    first = ripe[~ripe["again"] & ~ripe["untold"]]
    settled = first["resolved_at"].notna() & ~first["repeated"]
    for measure, part, hit in (
        ("repeated_within_7_days", ripe, ripe["repeated"]),
        ("resolved_at_first_contact", first, settled),
    ):
        codes = np.asarray(pd.factorize(part["customer_id"], sort=True)[0], dtype=np.int64)
        clusters = by_customer(codes, np.asarray(hit, dtype=np.float64))
        made = figure(clusters, stream(seed, measure, *place), share=True)
        yield _step(measure, place, made)


def _times(cell: pd.DataFrame, place: tuple[str, str, str], as_of: int) -> Iterator[Step]:
    ended = cell["resolved_at"].notna().to_numpy()
    until = cell["resolved_at"].fillna(as_of).to_numpy(np.float64)
    curve = kaplan_meier((until - cell["at"].to_numpy(np.float64)) / 3_600, ended)
    for name, share in (("median", 0.5), ("p90", 0.9)):
        figures = curve.quantile(share)
        yield Step(f"hours_to_resolution_{name}", *place, curve.n, *figures)


def _step(measure: str, place: tuple[str, str, str], made: Figure) -> Step:
    return Step(measure, *place, made.n, made.estimate, made.low, made.high)
