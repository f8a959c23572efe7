"""What subjects did since the bundle was made, as far as they allow its use.

Batch and HTTP read the same store here, for the same decisions. Whoever does not grant
``personalisation`` on the channel at this moment is not read at all.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bundle.contents import Bundle
from decisioning.catalogue import KINDS
from decisioning.policy import DAY
from decisioning.recommender.diversity import ignored_counts
from decisioning.recommender.live import Posted, overlay
from decisioning.recommender.state import RecommenderState
from serving.stores.opening import Stores
from serving.stores.ports import ContactRow, EventRow
from serving.visitors import consent_key
from serving.world import People

PURCHASE = "purchase"
FORGOTTEN = 6.0
"""Half-lives after which an exposure counts no more."""
MOST_READ = 500
"""The newest events of one subject that a decision reads."""


class Doing(NamedTuple):
    """One thing done: ``item`` is an index of the bundle, -1 for none; ``at`` epoch seconds."""

    event_type: str
    item: int
    at: int
    order: str
    query: str = ""


@dataclass(frozen=True)
class Recent:
    """What each of m subjects did, oldest first; nothing where it may not be used."""

    doings: tuple[tuple[Doing, ...], ...]

    @cached_property
    def posted(self) -> Posted:
        """The purchases of items that the bundle knows."""
        told = [
            (row, one.item, number)
            for row, doings in enumerate(self.doings)
            for one, number in _numbered(doings)
            if one.item >= 0
        ]
        table = np.array(told, dtype=np.int64).reshape(-1, 3)
        return Posted(table[:, 0], table[:, 1], table[:, 2])

    def bought_at(self, row: int) -> dict[int, int]:
        """Return when a subject last bought each item that the bundle knows, epoch seconds."""
        told = self.doings[row]
        return {d.item: d.at for d in told if d.event_type == PURCHASE and d.item >= 0}

    def state(
        self, state: RecommenderState, customers: NDArray[np.int64]
    ) -> tuple[RecommenderState, NDArray[np.int64]]:
        """Return a state that knows these purchases, and who each subject is in it.

        Parameters
        ----------
        customers
            int64 (m,): who each is in the bundle's state, -1 unknown.
        """
        if self.posted.row.size == 0:
            return state, customers
        rows = np.arange(customers.size)
        known = (customers >= 0) | np.isin(rows, self.posted.row)
        return overlay(state, customers, self.posted), np.where(known, rows, -1)


def read_recent(
    stores: Stores, bundle: Bundle, people: People, allowed: NDArray[np.bool_], as_of: int
) -> Recent:
    """Read what the subjects of a block did since the bundle was made.

    Parameters
    ----------
    allowed
        bool (m,): who grants the use of it.
    as_of
        The moment of the decision, epoch seconds UTC.
    """
    since = bundle.manifest.as_of
    rows = np.flatnonzero(allowed).tolist()
    persons = [people.customer_ids[row] for row in rows if people.customer_ids[row]]
    visitors = [people.subjects[row] for row in rows if not people.customer_ids[row]]
    held: dict[str, list[EventRow]] = defaultdict(list)
    if persons:
        _read_persons(stores, people, persons, since, held)
    if visitors:
        for event in stores.events.of_visitors(set(visitors), since):
            held[consent_key(event.visitor_id or "")].append(event)
    doings: list[tuple[Doing, ...]] = [()] * len(people.subjects)
    for row in rows:
        told = held.get(people.customer_ids[row] or consent_key(people.subjects[row]), ())
        doings[row] = _doings(bundle, told[-MOST_READ:], as_of)
    return Recent(tuple(doings))


def read_ignored(
    stores: Stores, bundle: Bundle, people: People, allowed: NDArray[np.bool_], as_of: int
) -> NDArray[np.float64]:
    """Return how often each item was shown to each subject of late and not answered.

    Returns
    -------
    float64 (m, n_items): an exposure counts half after the policy's half-life; 0 where what the
    subject did may not be used.
    """
    n_items, half_life = len(bundle.item_map), bundle.policy.items.ignored_half_life
    counts = np.zeros((len(people.subjects), n_items))
    rows = {people.customer_ids[row]: row for row in np.flatnonzero(allowed).tolist()}
    ids = people.family.members([person for person in rows if person])
    since = as_of - int(FORGOTTEN * half_life * DAY)
    shown: dict[tuple[int, str], list[int]] = defaultdict(list)
    for told in stores.ledger.recent(ids, since) if ids else ():
        key = (rows[people.family.person(told.customer_id)], told.action_id)
        if told.kind in KINDS:
            continue
        if told.outcome in ("shown", "ignored"):
            shown[key].append(told.at)
        else:
            shown.pop(key, None)
    for (row, item_id), moments in shown.items():
        item = int(bundle.item_map.index_of([item_id])[0])
        age = np.array([max(as_of - at, 0) / DAY for at in moments])
        if item >= 0:
            counts[row, item] = ignored_counts(
                np.zeros(age.size, dtype=np.int64), age, 1, half_life
            )[0]
    return counts


def _read_persons(
    stores: Stores,
    people: People,
    persons: Sequence[str],
    since: int,
    held: dict[str, list[EventRow]],
) -> None:
    """Add events and reported purchases of persons, each under the id that stands for them."""
    ids = people.family.members(persons)
    events = _not_refused(stores, stores.events.of_customers(ids, since))
    reported = [_purchase(row) for row in stores.ledger.recent(ids, since) if is_purchase(row)]
    for event in events:
        held[people.family.person(event.customer_id or "")].append(event)
    for purchase in reported:
        person = people.family.person(purchase.customer_id or "")
        if not _told(purchase, held[person]):
            held[person].append(purchase)
    for told in held.values() if reported else ():
        told.sort(key=lambda event: event.occurred_at)


def _not_refused(stores: Stores, events: list[EventRow]) -> list[EventRow]:
    """Leave out what was done on a device whose own visitor refused, whoever is linked to it."""
    keys = {consent_key(event.visitor_id) for event in events if event.visitor_id}
    if not keys:
        return events
    refused = {
        row.customer_id
        for row in stores.consents.for_customers(keys)
        if row.purpose == "personalisation" and row.status != "granted"
    }
    return [e for e in events if not e.visitor_id or consent_key(e.visitor_id) not in refused]


def is_purchase(row: ContactRow) -> bool:
    """Tell whether the ledger says that an item was bought: only items have no kind of action."""
    return row.outcome == "purchased" and row.kind not in KINDS


def _purchase(row: ContactRow) -> EventRow:
    # What came of one decision is one order.
    return EventRow(
        row.customer_id,
        None,
        "",
        PURCHASE,
        row.at,
        item_id=row.action_id,
        order_id=f"decision {row.decision_id}",
    )


def _told(purchase: EventRow, events: Sequence[EventRow]) -> bool:
    """Tell whether an event within a day says the same: shop and till both report a sale."""
    return any(
        event.event_type == PURCHASE
        and event.item_id == purchase.item_id
        and abs(event.occurred_at - purchase.occurred_at) < DAY
        for event in events
    )


def _doings(bundle: Bundle, events: Sequence[EventRow], as_of: int) -> tuple[Doing, ...]:
    index = bundle.item_map.index_of([event.item_id or "" for event in events]).tolist()
    return tuple(
        Doing(
            event.event_type,
            item,
            # What the store holds has happened, even where the clock that dated it is ahead.
            min(event.occurred_at, as_of),
            event.order_id or f"at {event.occurred_at}",
            (event.query or "") if event.event_type == "search" else "",
        )
        for event, item in zip(events, index, strict=True)
    )


def _numbered(doings: Sequence[Doing]) -> list[tuple[Doing, int]]:
    """Return the purchases of one subject, each with the number of its order, 0 the oldest."""
    bought = [one for one in doings if one.event_type == PURCHASE]
    numbers = {order: k for k, order in enumerate(dict.fromkeys(one.order for one in bought))}
    return [(one, numbers[one.order]) for one in bought]
