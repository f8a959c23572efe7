"""Events as they may be posted: what a customer or a visitor did, a moment ago."""

from typing import Any, Literal, Self, get_args

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from serving.moments import PastMoment
from serving.requests import Channel, Identifier, Request, exactly_one
from serving.shapes import all_of, any_of, given, is_one_of, named_if_not, one_of

EventType = Literal[
    "page_view",
    "product_view",
    "search",
    "add_to_cart",
    "remove_from_cart",
    "checkout",
    "wishlist",
    "purchase",
]
OF_AN_ITEM = ("product_view", "add_to_cart", "remove_from_cart", "wishlist", "purchase")
"""Types of events that are about an item and tell nothing without it."""


class Event(Request):
    """What somebody did; a purchase is one event per item."""

    model_config = ConfigDict(
        json_schema_extra=all_of(
            one_of(given("customer_id"), given("visitor_id")),
            any_of(
                is_one_of("event_type", [t for t in get_args(EventType) if t not in OF_AN_ITEM]),
                given("item_id"),
            ),
        )
    )

    event_id: Identifier
    """The caller's id; the same id twice counts once."""
    customer_id: Identifier | None = None
    """The customer, or leave it out and name a visitor."""
    visitor_id: Identifier | None = None
    """The cookie or device, or leave it out and name a customer."""
    session_id: Identifier | None = None
    """The visit."""
    occurred_at: PastMoment
    """When it happened."""
    event_type: EventType
    """What was done."""
    item_id: Identifier | None = None
    """The item; needed by every type that is about one."""
    order_id: Identifier | None = None
    """The order of a purchase; what was bought together shares it."""
    channel: Channel | None = None
    """Where it was done."""
    query: str | None = Field(default=None, max_length=1000, pattern=r"^[^\x00]*$")
    """Words searched; those of a search shape the next answer, by the same leave as a view."""
    referrer: str | None = Field(default=None, max_length=1000)
    """Where the visit came from. Accepted and not kept."""
    device: str | None = Field(default=None, max_length=1000)
    """What it was done on. Accepted and not kept."""

    @model_validator(mode="after")
    def _one_id(self) -> Self:
        exactly_one(self, "customer_id", "visitor_id")
        if self.event_type in OF_AN_ITEM and self.item_id is None:
            raise PydanticCustomError(
                "item_needed",
                "has the event_type {event_type} and no item_id",
                {"event_type": self.event_type, "remedy": "add the item_id it is about"},
            )
        return self


class EventsRequest(Request):
    """Events; good ones are taken even when others are bad."""

    events: tuple[Event, ...] = Field(
        min_length=1, max_length=1000, strict=False, json_schema_extra=named_if_not
    )
    """1 to 1,000 events; one that is at fault is named, the others are taken."""


class EventsEnvelope(Request):
    """The same body with its events unread, for checking them one by one."""

    events: tuple[Any, ...] = Field(min_length=1, max_length=1000, strict=False)
    """1 to 1,000 values, each to be read as an ``Event``."""
