"""The models behind the documentation of customers; they describe, they do not check."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from serving.http.answers import ChosenAction
from serving.http.score_answers import CustomerScore


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class ListedCustomer(_Answer):
    """A customer in a list."""

    customer_id: str
    """The customer."""
    country: str | None
    """Where they live."""
    home_location_id: str | None
    """Where they buy most, else the shop they declared."""
    personalisation: bool
    """Whether they allow it."""
    orders_total: float | None
    """Orders before the bundle was made; null without consent."""
    days_since_last_purchase: float | None
    """As of the bundle; null without consent, or where nothing was bought."""


class CustomersAnswer(_Answer):
    """A page of customers, in the order of their ids."""

    customers: list[ListedCustomer]
    """Up to limit."""
    next: str | None
    """Send it as cursor for the next page; null on the last."""


class CustomerProfile(_Answer):
    """What the customer declared; a field nobody filled in is null."""

    model_config = ConfigDict(extra="allow")

    customer_id: str
    """The customer."""


class KnownIdentifier(_Answer):
    """Something the customer is recognised by."""

    identifier_type: str
    """cookie, device, loyalty_card, email_sha256, phone_sha256, crm_id, social."""
    value: str | None
    """Only of a hash."""
    observed_at: int
    """When the link was seen: epoch seconds."""


class OrderLine(_Answer):
    """One line of an order."""

    item_id: str | None
    """The item; null on a fee."""
    name: str | None
    """What it is called."""
    line_type: str
    """sale, return, fee, adjustment."""
    quantity: int
    """Units; negative on a return."""
    amount: float
    """What it brought in, after discounts."""
    returned_at: int | None
    """When it came back: epoch seconds."""
    label: str | None
    """What a line without an item is."""


class PastOrder(_Answer):
    """One order, receipt or credit note."""

    order_id: str
    """The order."""
    at: int
    """When: epoch seconds."""
    channel: str
    """Where."""
    location_id: str | None
    """The shop."""
    amount: float
    """Sum of its lines, in the shop's currency."""
    discount: float
    """Taken off its lines."""
    lines: list[OrderLine]
    """In the order of the receipt."""


class OrderHistory(_Answer):
    """What was bought and given back."""

    orders: int
    """How many, ever."""
    spent: float
    """Sum of all lines, less what was given back."""
    first_order_at: int | None
    """Epoch seconds."""
    last_order_at: int | None
    """Epoch seconds."""
    returned_lines: int
    """Lines that came back."""
    last_orders: list[PastOrder]
    """The newest 20."""


class PastEvent(_Answer):
    """Something the customer did on the web or in the app."""

    at: int
    """When: epoch seconds."""
    event_type: str
    """What."""
    item_id: str | None
    """With which item."""
    name: str | None
    """What it is called."""
    channel: str | None
    """Where."""
    query: str | None
    """Words searched."""


class ConsentHeld(_Answer):
    """The latest statement for a purpose and a channel."""

    customer_id: str
    """Under which id it was made."""
    purpose: str
    """What the data may be used for."""
    channel: str
    """The channel, or any."""
    status: str
    """granted, denied, withdrawn."""
    recorded_at: int
    """When: epoch seconds."""
    expires_at: int | None
    """When it ends by itself."""
    source: str
    """Where it was said."""


class PastContact(_Answer):
    """A contact, or what came of one."""

    customer_id: str
    """Under which id."""
    channel: str
    """Where."""
    action_id: str
    """The action, or the item of a recommendation."""
    kind: str
    """The kind of the action."""
    outcome: str
    """shown, clicked, accepted and so on."""
    at: int
    """When: epoch seconds."""
    decision_id: str
    """The decision behind it."""


class ServiceContact(_Answer):
    """A contact with the service."""

    contact_id: str
    """The contact."""
    opened_at: int
    """When: epoch seconds."""
    closed_at: int | None
    """Null while open."""
    channel: str | None
    """Where."""
    topic: str | None
    """What about."""
    order_id: str | None
    """About which order."""
    resolved: bool | None
    """Whether it was."""
    comment: str | None
    """Words."""


class FeedbackGiven(_Answer):
    """An answer to a question about satisfaction."""

    feedback_id: str
    """The answer."""
    metric: str
    """nps, csat, ces, stars."""
    score: int
    """On its scale."""
    comment: str | None
    """Words."""
    touchpoint: str | None
    """About what."""
    channel: str | None
    """How it was answered."""
    answered_at: int
    """When: epoch seconds."""


class CustomerAnswer(_Answer):
    """The whole of one customer."""

    customer_id: str
    """The id that stands for the person."""
    other_ids: list[str]
    """Other ids of the same person."""
    profile: CustomerProfile | None
    """What was declared; null where the tables know nothing of them."""
    identifiers: list[KnownIdentifier]
    """What they are recognised by."""
    history: OrderHistory
    """What they bought."""
    events: list[PastEvent] | None
    """The newest 50; null without consent to personalisation."""
    scores: list[CustomerScore] | None
    """As POST /v1/scores with explain; null with a reason."""
    scores_reason: str | None
    """Why there are no scores."""
    consents: list[ConsentHeld]
    """What they allow."""
    contacts: list[PastContact]
    """The newest 50 of the ledger."""
    open_actions: list[ChosenAction]
    """What would be done if they came to us now on this channel: a dry run, not recorded."""
    open_actions_arm: str | None
    """policy, control or random."""
    service_contacts: list[ServiceContact]
    """The newest 50."""
    feedback: list[FeedbackGiven]
    """The newest 50."""
    third_party: list[dict[str, Any]] | None
    """What others sold of them; null where they do not allow its use."""
    shown_at: int
    """Epoch seconds."""
    bundle_version: str
    """What scored and decided."""
    policy_version: str
    """What governed it."""
