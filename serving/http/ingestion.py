"""Telling the service about the world: stock, consents, outcomes, events."""

from collections.abc import Sequence

from serving.http.answers import ConsentsAnswer, EventsAnswer, OutcomesAnswer, StockAnswer
from serving.http.endpoint import House, Operation
from serving.http.events import record_events
from serving.http.outcomes import record_outcomes
from serving.posted import EventsRequest
from serving.privacy.erased import erased_among
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
    house.application()
    now = house.clock()
    # Of anybody: who signed up a minute ago is in no bundle yet, and may say what they allow.
    consents = parse_body(ConsentsRequest, body, now).consents
    _refuse_erased(house, consents)
    accepted = house.stores.consents.append([_statement(one) for one in consents])
    return {"accepted": accepted, "effective_at": now}


def _statement(consent: Consent) -> ConsentRow:
    told = dict(consent)
    visitor = told.pop("visitor_id")
    if visitor is not None:
        told["customer_id"] = consent_key(visitor)
    return ConsentRow(**told)


def _refuse_erased(house: House, consents: Sequence[Consent]) -> None:
    """Refuse statements about who was erased: their id must not come back."""
    customers, visitors = erased_among(
        house.stores,
        {one.customer_id for one in consents if one.customer_id},
        {one.visitor_id for one in consents if one.visitor_id},
    )
    for index, one in enumerate(consents):
        for field, value, erased in (
            ("customer_id", one.customer_id, customers),
            ("visitor_id", one.visitor_id, visitors),
        ):
            if value in erased:
                raise _erased(f"consents.{index}.{field}", value)


def _erased(field: str, value: str) -> Problem:
    return Problem(
        404,
        "unknown_customer",
        f"{field} {shortened(value)} was erased; nothing was changed.",
        field,
        "leave this statement out",
    )


def _unknown_item(index: int, item_id: str) -> Problem:
    return Problem(
        422,
        "unknown_item",
        f"levels.{index}.item_id {shortened(item_id)} is in no catalogue; nothing was changed.",
        f"levels.{index}.item_id",
        "ingest the product first, or leave this figure out",
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
