"""Events, checked one by one: the good are taken, the bad are named."""

from serving.http.endpoint import House
from serving.http.piecemeal import read_each, rejection
from serving.posted import Event, EventsEnvelope
from serving.problems import Problem, parse_body
from serving.stores.ports import EventRow


def record_events(house: House, body: bytes, _: str) -> object:
    """Record what somebody just did; it changes their next recommendation if they consent."""
    house.application()
    now = house.clock()
    read = read_each(parse_body(EventsEnvelope, body, now).events, Event, now)
    tally = house.stores.events.record([_row(one) for one in read if isinstance(one, Event)])
    rejected = [rejection(k, one) for k, one in enumerate(read) if isinstance(one, Problem)]
    return {**tally._asdict(), "rejected": rejected}


def _row(event: Event) -> EventRow:
    return EventRow(**{name: getattr(event, name) for name in EventRow._fields})
