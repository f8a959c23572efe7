"""What may be asked: every request body, checked once, here.

Ids are strings, times become epoch seconds UTC, an unknown field is an error.
The clock arrives as validation context: ``context={"now": 1_700_000_000}``.
"""

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from serving.moments import Moment, PastMoment, now
from serving.shapes import any_of, filled, given, is_one_of, named_if_not, one_of, within

Channel = Literal["web", "app", "shop", "call_centre", "email", "sms", "push", "phone", "post"]
Goal = Literal[
    "any",
    "discover",
    "replenish",
    "similar",
    "complement",
    "complete_basket",
    "trending",
    "recently_viewed",
    "new_arrivals",
    "abandoned_basket",
    "in_session",
]
_STARTS_FROM = {
    "similar": ("item_id", "basket"),
    "complement": ("item_id", "basket"),
    "complete_basket": ("basket",),
}
Direction = Literal["inbound", "outbound"]
Purpose = Literal["personalisation", "analytics", "marketing", "third_party_data"]
ConsentChannel = Literal[
    "any", "web", "app", "shop", "call_centre", "email", "sms", "push", "phone", "post"
]
ConsentStatus = Literal["granted", "denied", "withdrawn"]
StockStatus = Literal["in_stock", "out_of_stock", "discontinued"]
OutcomeKind = Literal[
    "shown", "clicked", "accepted", "rejected", "purchased", "ignored", "not_delivered"
]

Identifier = Annotated[
    str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")
]


def _whole(value: object) -> object:
    """Take 3.0 for 3: JSON has one kind of number, and some clients write all alike."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Count = Annotated[int, BeforeValidator(_whole)]


def exactly_one(model: BaseModel, first: str, second: str) -> None:
    """Refuse a body that names both fields, or neither."""
    given = [name for name in (first, second) if getattr(model, name) is not None]
    if len(given) != 1:
        raise PydanticCustomError(
            "exactly_one",
            "needs exactly one of {first} and {second}, got {count}",
            {
                "first": first,
                "second": second,
                "count": "both" if given else "neither",
                "remedy": f"send {first} or {second}, one of them",
            },
        )


class Request(BaseModel):
    """What every body has in common."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


def _start_shape() -> dict[str, Any]:
    """Return the shape of a request whose goal starts from what the context holds."""
    of_item = [goal for goal, names in _STARTS_FROM.items() if "item_id" in names]
    rest = [goal for goal in get_args(Goal) if goal not in _STARTS_FROM]
    from_item = {**within("context", given("item_id"))}
    from_item["properties"] |= {"goal": {"enum": of_item}}
    return any_of(is_one_of("goal", rest), from_item, within("context", filled("basket")))


class Subject(Request):
    """Whom the decision is about: a customer or a visitor."""

    model_config = ConfigDict(json_schema_extra=one_of(given("customer_id"), given("visitor_id")))

    customer_id: Identifier | None = None
    """A known customer."""
    visitor_id: Identifier | None = None
    """A cookie or device; resolved to a customer when a link is known."""

    @model_validator(mode="after")
    def _one_id(self) -> Self:
        exactly_one(self, "customer_id", "visitor_id")
        return self


class Context(Request):
    """Where the subject is at this moment."""

    item_id: Identifier | None = None
    """The item being looked at."""
    basket: tuple[Identifier, ...] = Field(default=(), max_length=200, strict=False)
    """Items in the basket."""
    location_id: Identifier | None = None
    """The shop or warehouse that would serve the order; stock is read there."""
    referrer: Identifier | None = None
    """Where the session came from: an address, or a word such as ``search``."""


class ItemFilter(Request):
    """What the items must be; applied before ranking, so the answer stays full."""

    category: Identifier | None = None
    """A category or a prefix of a category path."""
    brand: Identifier | None = None
    """A brand, as the catalogue writes it."""
    price_max: Annotated[float, Field(ge=0)] | None = None
    """The highest price, in the shop's currency."""
    item_ids: tuple[Identifier, ...] | None = Field(
        default=None, min_length=1, max_length=100, strict=False
    )
    """Only these, up to 100."""


class RecommendationsRequest(Request):
    """Ask for items that are in stock and fit the subject."""

    model_config = ConfigDict(json_schema_extra=_start_shape())

    subject: Subject
    """The customer or visitor."""
    channel: Channel
    """Where the items will be shown."""
    placement: Identifier = "home"
    """The place on the page or in the message."""
    n: Count = Field(default=10, ge=1, le=100)
    """How many items."""
    goal: Goal = "any"
    """Any item, only new ones (discover), only bought ones (replenish), or a place: like or bought
    with ``context.item_id`` (similar, complement), what the basket lacks (complete_basket),
    trending near, recently viewed and not bought, new arrivals, left in the basket, next in the
    session."""
    context: Context = Context()
    """What the subject is doing now."""
    exclude_item_ids: tuple[Identifier, ...] = Field(default=(), max_length=1000, strict=False)
    """Items not to offer."""
    filter: ItemFilter = ItemFilter()
    """Restrictions on the items."""
    explain: bool = False
    """Also return why candidates were dropped."""
    language: Literal["en", "fr"] = "en"
    """In which reasons are written."""
    request_id: Identifier | None = None
    """The caller's own id: the same request sent again under it gets the answer it had."""

    @model_validator(mode="after")
    def _starts_somewhere(self) -> Self:
        wanted = _STARTS_FROM.get(self.goal, ())
        if wanted and not any(getattr(self.context, name) for name in wanted):
            raise PydanticCustomError(
                "start_needed",
                "has the goal {goal} and starts from no item",
                {"goal": self.goal, "remedy": f"add context.{' or context.'.join(wanted)}"},
            )
        return self


class NextBestActionsRequest(Request):
    """Ask which action to take with the subject, if any."""

    subject: Subject
    """The customer or visitor."""
    channel: Channel
    """Where the action would take place."""
    direction: Direction = "inbound"
    """Inbound: they came to us. Outbound: we would contact them, under marketing consent."""
    n: Count = Field(default=3, ge=1, le=20)
    """How many actions."""
    context: Context = Context()
    """What the subject is doing now."""
    explain: bool = False
    """Also return why actions were dropped."""
    dry_run: bool = False
    """Decide without writing to the ledger."""
    request_id: Identifier | None = None
    """The caller's own id: the same request sent again under it gets the answer it had."""


class StockLevel(Request):
    """How much of one item there is at one location."""

    item_id: Identifier
    """An item of the catalogue."""
    location_id: Identifier
    """A shop or warehouse."""
    quantity: Annotated[float, Field(ge=0)]
    """Sellable units."""
    status: StockStatus
    """Whether it may be sold; only in_stock with a quantity above 0 is offered."""
    as_of: PastMoment = Field(default_factory=now, validate_default=True)
    """When this was true; now when left out. An older figure never overwrites a newer one."""


class StockRequest(Request):
    """New stock figures; all are applied or none."""

    levels: tuple[StockLevel, ...] = Field(min_length=1, max_length=10_000, strict=False)
    """1 to 10,000 figures."""


class Consent(Request):
    """One statement of one customer or visitor about one purpose."""

    model_config = ConfigDict(json_schema_extra=one_of(given("customer_id"), given("visitor_id")))

    customer_id: Identifier | None = None
    """A known customer."""
    visitor_id: Identifier | None = None
    """A cookie or device of somebody not known; once linked, the customer's consent binds."""
    purpose: Purpose
    """What the data may be used for."""
    channel: ConsentChannel
    """The channel of a contact, or any."""
    status: ConsentStatus
    """What the customer said."""
    recorded_at: PastMoment = Field(default_factory=now, validate_default=True)
    """When it was said; now when left out."""
    expires_at: Moment | None = None
    """When it ends by itself; never when left out."""
    source: Identifier = "api"
    """Where it was said: a form, a call, a system."""

    @model_validator(mode="after")
    def _one_id(self) -> Self:
        exactly_one(self, "customer_id", "visitor_id")
        return self


class ConsentsRequest(Request):
    """New statements of consent; all are added or none."""

    consents: tuple[Consent, ...] = Field(min_length=1, max_length=10_000, strict=False)
    """1 to 10,000 statements."""


class Outcome(Request):
    """What came of one item or action of a decision."""

    model_config = ConfigDict(json_schema_extra=one_of(given("action_id"), given("item_id")))

    outcome_id: Identifier
    """The caller's id; the same id twice counts once."""
    decision_id: Identifier
    """The decision it belongs to."""
    action_id: Identifier | None = None
    """The action, or leave it out and name an item."""
    item_id: Identifier | None = None
    """The item, or leave it out and name an action."""
    outcome: OutcomeKind
    """What happened."""
    value: float | None = None
    """What it was worth, in the shop's currency."""
    occurred_at: PastMoment
    """When it happened."""

    @model_validator(mode="after")
    def _one_id(self) -> Self:
        exactly_one(self, "action_id", "item_id")
        return self


class OutcomesRequest(Request):
    """Outcomes; good ones are taken even when others are bad."""

    outcomes: tuple[Outcome, ...] = Field(
        min_length=1, max_length=1000, strict=False, json_schema_extra=named_if_not
    )
    """1 to 1,000 outcomes; one that is at fault is named, the others are taken."""


class OutcomesEnvelope(Request):
    """The same body with its outcomes unread, for checking them one by one."""

    outcomes: tuple[Any, ...] = Field(min_length=1, max_length=1000, strict=False)
    """1 to 1,000 values, each to be read as an ``Outcome``."""
