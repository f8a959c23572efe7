"""Sessions as histories: from events, or from orders where there are no events to learn from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb
import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.histories import Histories
from decisioning.recommender.sessions.events import (
    EVENT_WEIGHTS,
    LONGEST,
    PURCHASE_WEIGHT,
    session_histories,
)
from features.links import as_people
from training.recommender.interactions import Interactions

I64 = NDArray[np.int64]


@dataclass(frozen=True)
class SessionSource:
    """What sessions are made of.

    Parameters
    ----------
    event_weights
        Weight by event type, above 0; multiplied by the event's own weight where it has one.
    fewest
        Sessions of two events or more below which orders are learned from instead.
    longest
        Events kept of one session, the last.
    """

    event_weights: Mapping[str, float] = field(default_factory=lambda: dict(EVENT_WEIGHTS))
    fewest: int = 500
    longest: int = LONGEST


@dataclass(frozen=True)
class Sessions:
    """Sessions to learn from.

    Parameters
    ----------
    histories
        One subject a session of two events or more, the one that ended last last; ``age`` is
        the clicks since.
    ordered
        Whether what stands later in a session came later.
    """

    histories: Histories
    ordered: bool


def load_sessions(
    con: duckdb.DuckDBPyConnection,
    interactions: Interactions,
    as_of: int,
    source: SessionSource,
) -> Sessions:
    """Load sessions of events before a moment, or of orders where those are too few.

    Parameters
    ----------
    interactions
        Loaded from the same connection: whom may be learned from, and the items.
    """
    sessions = event_sessions(con, interactions, as_of, source)
    if sessions.n_subjects >= source.fewest:
        return Sessions(sessions, ordered=True)
    return Sessions(order_sessions(interactions, as_of, source), ordered=False)


def event_sessions(
    con: duckdb.DuckDBPyConnection,
    interactions: Interactions,
    as_of: int,
    source: SessionSource,
) -> Histories:
    """Return the sessions of visitors who were known to be customers that train.

    Events reach a customer only through an identifier observed before ``as_of``; nothing is
    learned from a visitor whom nobody speaks for, nor from an identifier of two customers. An
    event whose own weight is 0 tells nothing.
    """
    with as_people(con, as_of):
        told = source.event_weights
        asked = {"kinds": [*told], "told": [*told.values()], "as_of": as_of}
        events = con.sql(_EVENTS, params=asked).to_arrow_table()
    customer = interactions.customers.index_of(events["customer_id"].to_pylist())
    item = interactions.items.index_of(events["item_id"].to_pylist())
    kept = (item >= 0) & (customer >= 0)
    kept[kept] = interactions.trains[customer[kept]]
    return sessions_of(
        session=events["session"].to_numpy().astype(np.int64)[kept],
        item=item[kept],
        weight=events["weight"].to_numpy()[kept],
        n_items=len(interactions.items),
        longest=source.longest,
    )


def order_sessions(interactions: Interactions, as_of: int, source: SessionSource) -> Histories:
    """Return orders as sessions: the distinct items of each, in no order."""
    learned = interactions.before(as_of) & interactions.trains[interactions.customer]
    line = np.flatnonzero(learned)
    key = interactions.order[line] * len(interactions.items) + interactions.item[line]
    line = line[np.sort(np.unique(key, return_index=True)[1])]
    line = line[np.argsort(interactions.at[line], kind="stable")]
    return sessions_of(
        session=interactions.order[line],
        item=interactions.item[line],
        weight=np.full(line.size, PURCHASE_WEIGHT),
        n_items=len(interactions.items),
        longest=source.longest,
    )


def sessions_of(
    session: I64, item: I64, weight: NDArray[np.float64], n_items: int, longest: int
) -> Histories:
    """Gather events into sessions of two or more, by the time of their last event.

    Parameters
    ----------
    session, item, weight
        One element per event, in the order of time.
    longest
        Events kept of one session, the last.
    """
    last = np.zeros(int(session.max(initial=-1)) + 1, dtype=np.int64)
    last[session] = np.arange(session.size)  # of several, the last stays
    size = np.bincount(session, minlength=last.size)
    by_end = np.argsort(last, kind="stable")
    number = np.full(last.size, -1, dtype=np.int64)
    number[by_end[size[by_end] >= 2]] = np.arange((size >= 2).sum())
    kept = number[session] >= 0
    shape = (int((size >= 2).sum()), n_items)
    whole = session_histories(
        number[session[kept]], item[kept], weight[kept].astype(np.float32), shape
    )
    late = whole.age < longest
    return session_histories(whole.row[late], whole.item[late], whole.weight[late], shape)


_EVENTS = """
with visitors as (
  select value, min(customer_id) as customer_id from links
  where identifier_type in ('cookie', 'device')
  group by value having count(distinct customer_id) = 1
), types as (
  select unnest(cast($kinds as varchar[])) as event_type,
         unnest(cast($told as double[])) as told
)
select v.customer_id, e.item_id, t.told * coalesce(e.weight, 1) as weight,
       dense_rank() over (order by v.customer_id, e.session_id) - 1 as session
from events e join visitors v on e.visitor_id = v.value join types t using (event_type)
where e.occurred_at < $as_of and e.item_id is not null and coalesce(e.weight, 1) > 0
order by e.occurred_at, e.event_id
"""
