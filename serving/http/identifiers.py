"""Links between visitors and customers, checked one by one: the good are taken."""

from serving.http.answers import LinksAnswer
from serving.http.endpoint import House, Operation
from serving.http.piecemeal import read_each, rejection
from serving.linked import Link, LinksEnvelope, LinksRequest
from serving.privacy.erased import erased_among
from serving.problems import Problem, parse_body
from serving.stores.ports import LinkRow


def put_links(house: House, body: bytes, _: str) -> object:
    """Say which visitors are which customers; their histories are one from the next decision on.

    What the visitor does counts for the customer within the customer's consent, and not at all
    where the visitor refused. The next ingestion replaces links by those of its own table.
    """
    house.application()
    now = house.clock()
    read = read_each(parse_body(LinksEnvelope, body, now).identifiers, Link, now)
    good = [one for one in read if isinstance(one, Link)]
    erased = erased_among(
        house.stores, {one.customer_id for one in good}, {one.visitor_id for one in good}
    )
    told = [_checked(one, *erased) for one in read]
    rows = [LinkRow(**dict(one)) for one in told if isinstance(one, Link)]
    house.stores.links.put(rows)
    rejected = [rejection(k, one) for k, one in enumerate(told) if isinstance(one, Problem)]
    return {"accepted": len(rows), "rejected": rejected}


def _checked(one: Link | Problem, customers: set[str], visitors: set[str]) -> Link | Problem:
    """Refuse what would bring the id of an erased person back."""
    if isinstance(one, Problem):
        return one
    for field, erased in (("customer_id", customers), ("visitor_id", visitors)):
        if getattr(one, field) in erased:
            return Problem(404, "unknown_customer", "The person was erased.", field)
    return one


OPERATIONS = (
    Operation(
        "/v1/identifiers",
        "POST",
        put_links,
        ("ingest",),
        LinksAnswer,
        LinksRequest,
        slow=True,
    ),
)
