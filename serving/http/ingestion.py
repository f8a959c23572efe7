"""Telling the service about the world: stock, consents, outcomes, events."""

from serving.http.answers import ConsentsAnswer, EventsAnswer, OutcomesAnswer, StockAnswer
from serving.http.endpoint import House, Operation
from serving.http.events import record_events
from serving.http.outcomes import record_outcomes
from serving.posted import EventsRequest
from serving.problems import Problem, parse_body, shortened
from serving.requests import Consent, ConsentsRequest, OutcomesRequest, StockRequest
from serving.stores.ports import ConsentRow, StockRow
from serving.visitors import consent_key


def put_stock(house: House, body: bytes, _: str) -> object:
    """Set stock figures; on return they bind the next decision of every worker."""
    now = house.clock()
    levels = parse_body(StockRequest, body, now).levels
    unknown = house.application().unknown_items(list({level.item_id for level in levels}))
    for index, level in enumerate(levels):
        if level.item_id in unknown:
            raise _unknown_item(index, level.item_id)
    tally = house.stores.stock.put([StockRow(**dict(level)) for level in levels])
    return {**tally._asdict(), "effective_at": now}


def put_consents(house: House, body: bytes, _: str) -> object:
    """Add statements of consent; on return they bind the next decision of every worker."""
    now = house.clock()
    consents = parse_body(ConsentsRequest, body, now).consents
    ids = list({consent.customer_id for consent in consents if consent.customer_id})
    unknown = house.application().unknown_customers(ids)
    for index, consent in enumerate(consents):
        if consent.customer_id is not None and consent.customer_id in unknown:
            raise _unknown_customer(index, consent.customer_id)
    accepted = house.stores.consents.append([_statement(one) for one in consents])
    return {"accepted": accepted, "effective_at": now}


def _statement(consent: Consent) -> ConsentRow:
    told = dict(consent)
    visitor = told.pop("visitor_id")
    if visitor is not None:
        told["customer_id"] = consent_key(visitor)
    return ConsentRow(**told)


def _unknown_item(index: int, item_id: str) -> Problem:
    return Problem(
        422,
        "unknown_item",
        f"levels.{index}.item_id {shortened(item_id)} is in no catalogue; nothing was changed.",
        f"levels.{index}.item_id",
        "ingest the product first, or leave this figure out",
    )


def _unknown_customer(index: int, customer_id: str) -> Problem:
    name = shortened(customer_id)
    return Problem(
        404,
        "unknown_customer",
        f"consents.{index}.customer_id {name} is no known customer; nothing was changed.",
        f"consents.{index}.customer_id",
        "ingest the customer first, or leave this statement out",
    )


OPERATIONS = (
    Operation("/v1/stock", "PUT", put_stock, ("ingest",), StockAnswer, StockRequest, slow=True),
    Operation(
        "/v1/consents",
        "PUT",
        put_consents,
        ("ingest", "crm"),
        ConsentsAnswer,
        ConsentsRequest,
        slow=True,
        refusals=(404,),
    ),
    Operation(
        "/v1/outcomes",
        "POST",
        record_outcomes,
        ("ingest", "decide"),
        OutcomesAnswer,
        OutcomesRequest,
        slow=True,
    ),
    Operation(
        "/v1/events",
        "POST",
        record_events,
        ("ingest",),
        EventsAnswer,
        EventsRequest,
        slow=True,
    ),
)
