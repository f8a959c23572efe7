"""The policy and the action catalogue, as the core sees them: frozen values, no YAML."""

from dataclasses import dataclass, field
from typing import Final

from decisioning.conditions import Condition

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
DAY: Final = 86_400


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


@dataclass(frozen=True)
class Action:
    """Something that can be done for a customer.

    Parameters
    ----------
    action_id, kind, label_en, label_fr
        Identity; ``kind`` is one of `KINDS`.
    channels
        Where it can be done.
    purpose
        The consent it needs when we make the contact.
    model
        Name of the response model in the bundle, or empty: the prior then stands alone.
    prior
        Used where there is no model, or no consent to use one.
    value, cost
        Value of one response and cost of one contact, in cents.
    lever
        The business's own weight, 1 by default.
    items, n_items
        Goal of the recommender that fills it, empty for none, and how many items.
    eligible_when
        Condition over snapshot columns; None is always true.
    valid_from, valid_until
        Epoch seconds UTC, None is open.
    cool_down_days
        Days before the same action may be repeated to the same customer.
    """

    action_id: str
    kind: str
    label_en: str
    label_fr: str
    channels: tuple[str, ...]
    purpose: str
    prior: Prior
    model: str = ""
    value: float = 0.0
    cost: float = 0.0
    lever: float = 1.0
    items: str = ""
    n_items: int = 0
    eligible_when: Condition | None = None
    valid_from: int | None = None
    valid_until: int | None = None
    cool_down_days: float = 0.0


@dataclass(frozen=True)
class ContactLimit:
    """After ``count`` outcomes within ``days``, suppress for ``suppress_days``.

    Parameters
    ----------
    outcome
        Which ledger outcome counts (``shown``, ``rejected``, ...).
    channel, kind
        Only contacts on this channel or of this kind; empty counts all of them, and the
        suppression covers what was counted.
    """

    outcome: str
    count: int
    days: float
    suppress_days: float
    channel: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Policy:
    """Rules that hold for every action.

    Parameters
    ----------
    limits
        Contact limits.
    quiet_from, quiet_until
        Local hours [from, until) in which nobody is contacted on ``quiet_channels``; the
        interval may pass midnight.
    time_zone
        IANA name; the caller turns it into an offset, the core holds no calendar.
    control_share, random_share
        Shares of customers in the control arm and of decisions in the random arm.
    stock_reserve
        Units kept back: a level at or under it is not sellable.
    stock_max_age_s
        Age in seconds beyond which a stock figure is unknown.
    stock_location
        For each channel, the location that serves it; ``home`` is the customer's own shop.
    stock_fallback
        The location that stands in for ``home`` where none may be known.
    context_weights
        Weight C of a kind on a channel, 1 where absent.
    seed
        Base of every draw.
    """

    limits: tuple[ContactLimit, ...] = ()
    quiet_from: int = 0
    quiet_until: int = 0
    quiet_channels: tuple[str, ...] = ()
    time_zone: str = "UTC"
    control_share: float = 0.0
    random_share: float = 0.0
    stock_reserve: float = 0.0
    stock_max_age_s: int = 7 * DAY
    stock_location: dict[str, str] = field(default_factory=dict)
    stock_fallback: str = ""
    context_weights: dict[tuple[str, str], float] = field(default_factory=dict)
    seed: int = 0
