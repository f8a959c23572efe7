"""The action catalogue, as the core sees it: frozen values, no YAML."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from decisioning.conditions import TRUE, Columns, Condition, Floats, Literal, as_number

CHANNELS: Final = (
    "web",
    "app",
    "shop",
    "call_centre",
    "email",
    "sms",
    "push",
    "phone",
    "post",
)
PURPOSES: Final = ("personalisation", "analytics", "marketing", "third_party_data")
GOALS: Final = ("any", "discover", "replenish")
KINDS: Final = (
    "offer",
    "retention",
    "replenishment",
    "cross_sell",
    "abandoned_basket",
    "service",
    "feedback_request",
    "none",
)
OUTCOMES: Final = ("shown", "clicked", "accepted", "rejected", "purchased", "ignored")
RESPONSES: Final = ("clicked", "accepted", "purchased")
"""Outcomes that answer a contact: they end a run of contacts without answer."""


@dataclass(frozen=True)
class Prior:
    """What is believed of a response rate before any data: Beta(mean, strength).

    Parameters
    ----------
    mean
        Expected response rate, in (0, 1).
    strength
        How many observations the belief is worth, > 0.
    """

    mean: float
    strength: float

    def updated(self, shown: float, responded: float) -> "Prior":
        """Return the belief once ``shown`` contacts brought ``responded`` responses."""
        strength = self.strength + shown
        return Prior((self.mean * self.strength + responded) / strength, strength)


@dataclass(frozen=True)
class PriceStep:
    """One rung of a price ladder.

    Parameters
    ----------
    discount
        Share of the price, in [0, 1).
    odds
        What the step multiplies the odds of a response by; 1 for the step without discount.
    """

    discount: float
    odds: float


@dataclass(frozen=True)
class PriceClass:
    """A declared class of customers, all of whom have the same ladder.

    Parameters
    ----------
    name
        What the record says.
    when
        Who belongs to it; None is everybody. The first class of an action that holds counts,
        and a condition whose truth is unknown does not hold.
    steps
        The ladder, cheapest first; it holds the step without discount.
    """

    name: str
    when: Condition | None
    steps: tuple[PriceStep, ...]

    @cached_property
    def holds(self) -> Callable[[Columns], Floats]:
        """What tells, from a block's columns, who belongs to it: 1, else 0 or NaN."""
        return as_number(Literal(TRUE) if self.when is None else self.when)


@dataclass(frozen=True)
class Action:
    """Something that can be done for a customer. Money is in cents.

    Parameters
    ----------
    action_id, kind, label_en, label_fr
        Identity; ``kind`` is one of `KINDS`.
    channels
        Where it can be done.
    purpose
        The consent it needs when we make the contact.
    group
        Actions that contact limits count together; empty for none.
    model
        Name of the response model in the bundle, or empty: the prior then stands alone.
    prior
        Used where there is no model, or no consent to use one.
    value
        Margin of one response at full price.
    cost
        Cost of one contact.
    lever
        The business's own weight, 1 by default.
    price
        What a discount is a share of: the price that one response pays, before discount.
    floor_margin
        The least margin left at a step, a share of the price then paid, in [0, 1).
    price_classes
        The ladders, by declared class; empty for an action without price advantage.
    items, n_items
        Goal of the recommender that fills it, empty for none, and how many items.
    eligible_when
        Condition over snapshot columns; None is always true.
    valid_from, valid_until
        Epoch seconds UTC, None is open.
    cool_down_days
        Days before the same action may be repeated to the same customer.
    cool_down_after
        (outcome, days): how long the same action rests after an outcome of `OUTCOMES`.
    """

    action_id: str
    kind: str
    label_en: str
    label_fr: str
    channels: tuple[str, ...]
    purpose: str
    prior: Prior
    group: str = ""
    model: str = ""
    value: float = 0.0
    cost: float = 0.0
    lever: float = 1.0
    price: float = 0.0
    floor_margin: float = 0.0
    price_classes: tuple[PriceClass, ...] = ()
    items: str = ""
    n_items: int = 0
    eligible_when: Condition | None = None
    valid_from: int | None = None
    valid_until: int | None = None
    cool_down_days: float = 0.0
    cool_down_after: tuple[tuple[str, float], ...] = ()
