"""Events, checked one by one: the good are taken, the bad are named."""

from serving.http.endpoint import House
from serving.http.piecemeal import read_each, rejection
from serving.posted import Event, EventsEnvelope
from serving.privacy.erased import erased_among
from serving.problems import Problem, parse_body
from serving.stores.ports import EventRow


def record_events(house: House, body: bytes, _: str) -> object:
    """Record what somebody just did; it changes their next recommendation if they consent."""
    house.application()
    now = house.clock()
    told = read_each(parse_body(EventsEnvelope, body, now).events, Event, now)
    read = _without_erased(house, told)
    tally = house.stores.events.record([_row(one) for one in read if isinstance(one, Event)])
    rejected = [rejection(k, one) for k, one in enumerate(read) if isinstance(one, Problem)]
    return {**tally._asdict(), "rejected": rejected}


def _without_erased(house: House, read: list[Event | Problem]) -> list[Event | Problem]:
    """Refuse what erased persons did: their id must not come back."""
    good = [one for one in read if isinstance(one, Event)]
    customers, visitors = erased_among(
        house.stores,
        {one.customer_id for one in good if one.customer_id},
        {one.visitor_id for one in good if one.visitor_id},
    )
    if not customers | visitors:
        return read
    return [
        _erased()
        if isinstance(one, Event) and (one.customer_id in customers or one.visitor_id in visitors)
        else one
        for one in read
    ]


def _erased() -> Problem:
    return Problem(404, "unknown_customer", "The person was erased.", "customer_id")


def _row(event: Event) -> EventRow:
    return EventRow(**{name: getattr(event, name) for name in EventRow._fields})
