"""The shape of ``actions.yaml`` and ``policy.yaml``: every field, its limits and its default."""

from typing import Annotated, Any, Literal

from pydantic import Field

from bundle.fields import (
    AnyChannel,
    AnyKind,
    AnyName,
    AtLeast1,
    Below1,
    Channel,
    ConditionText,
    Count,
    Country,
    Day,
    Hour,
    Inside01,
    Items,
    Kind,
    Money,
    Name,
    NotNegative,
    Outcome,
    Positive,
    Share,
    Strict,
    Zone,
)


class Label(Strict):
    """What people read; where one language is missing, the other stands in."""

    en: str = ""
    fr: str = ""


class PriorSpec(Strict):
    """Belief about the response rate before any data."""

    mean: Inside01
    strength: Positive = 20.0


class StepSpec(Strict):
    """One rung of a price ladder."""

    discount: Below1
    """Share of the price."""
    odds: Positive = 1.0
    """What it multiplies the odds of a response by."""


class PriceClassSpec(Strict):
    """A declared class of customers, all of whom have the same ladder."""

    name: Name
    when: ConditionText = ""
    """Who belongs to it; empty is everybody. The first class that holds counts."""
    steps: Annotated[tuple[StepSpec, ...], Field(min_length=1)]


class ActionSpec(Strict):
    """One action of ``actions.yaml``."""

    id: Name
    """Lower-case name, unique in the file."""
    label: Label
    kind: Kind
    group: AnyName = ""
    """Actions that contact limits, journeys and budgets take together."""
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)]
    purpose: Literal["personalisation", "analytics", "marketing", "third_party_data", ""] = (
        "marketing"
    )
    """Consent needed; empty only for the kind ``none``."""
    eligible_when: ConditionText = ""
    """SQL-style condition over snapshot columns and scores; empty is always."""
    model: str = ""
    """Response model in the bundle."""
    prior: PriorSpec = PriorSpec(mean=0.02)
    value: Money = 0.0
    """Margin of one response at full price, in the shop's currency."""
    cost: Money = 0.0
    """Cost of one contact, in the shop's currency."""
    lever: Positive = 1.0
    price: Money = 0.0
    """What one response pays before discount; a discount is a share of it."""
    floor_margin: Below1 = 0.0
    """The least margin left at a step, as a share of the price then paid."""
    price_classes: tuple[PriceClassSpec, ...] = ()
    items: Literal["any", "discover", "replenish", ""] = ""
    n_items: Items = 0
    valid_from: Day | None = None
    """First day, from midnight UTC."""
    valid_until: Day | None = None
    """First day on which it is no longer done, from midnight UTC."""
    cool_down_days: NotNegative = 0.0
    cool_down_after: dict[Outcome, NotNegative] = Field(default_factory=dict)
    """Days that the same action rests after an outcome."""


class Selection(Strict):
    """Which contacts are meant; what is empty counts all of them."""

    channel: AnyChannel = ""
    kind: AnyKind = ""
    group: AnyName = ""
    action: AnyName = ""


class LimitSpec(Selection):
    """After ``count`` outcomes within ``days`` days, suppress for ``suppress_days``."""

    outcome: Outcome = "shown"
    count: AtLeast1
    days: Positive
    suppress_days: Positive


class FatigueSpec(Strict):
    """After ``unanswered`` contacts in a row within ``days``, nothing for ``suppress_days``."""

    unanswered: AtLeast1
    days: Positive
    suppress_days: Positive


class SuppressSpec(Strict):
    """What must wait."""

    kinds: tuple[Kind, ...] = ()
    groups: tuple[Name, ...] = ()


class JourneySpec(Strict):
    """Something the customer is in the middle of, which some actions must not interrupt."""

    name: Name
    when: Annotated[ConditionText, Field(min_length=1)]
    suppress: SuppressSpec


class BudgetSpec(Selection):
    """What a batch of decisions may use across all customers."""

    name: Name
    contacts: Count | None = None
    money: Money | None = None
    """Contact cost and expected discount, in the shop's currency."""


class QuietHours(Strict):
    """Local hours [from, until) without contact."""

    start: Hour
    until: Hour
    channels: tuple[Channel, ...]


class StockRules(Strict):
    """What counts as sellable."""

    reserve: NotNegative = 0.0
    max_age_hours: Positive = 24.0
    location_of_channel: dict[Channel, str] = Field(default_factory=dict)
    """Location that serves each channel; ``home`` is the customer's own shop."""
    fallback_location: str = ""
    """Stands in for ``home`` where no home may be known: no consent, no history."""


class ItemRules(Strict):
    """What slates of items give up of the ranker's order, say of themselves, and try."""

    category_cap: Count = 0
    """At most so many items of one category; 0 for no limit. It gives way to an empty place."""
    calibration: Share = 0.0
    """Weight of a slate's likeness to what the customer buys, against the scores."""
    variety: Share = 0.0
    """Weight against an item whose category the slate has already; milder than the cap."""
    ignored_penalty: Share = 0.0
    """Share of its score that an item loses each time it was shown and ignored."""
    ignored_half_life_days: Positive = 14.0
    """Days after which an exposure that was ignored counts half."""
    sensitive_categories: tuple[str, ...] = ()
    """Categories, or beginnings of their paths, that no reason tells anything of."""
    new_item_share: Share = 0.0
    """Share of slates whose last place tries a new item."""
    new_item_days: Positive = 60.0
    """How long an item counts as new."""


class WeightSpec(Strict):
    """Context weight of a kind of action on a channel."""

    channel: Channel
    kind: Kind
    weight: Positive


class PolicySpec(Strict):
    """The whole of ``policy.yaml``. Consent has no default to set: unknown always refuses."""

    contact_limits: tuple[LimitSpec, ...] = ()
    fatigue: FatigueSpec | None = None
    journeys: tuple[JourneySpec, ...] = ()
    budgets: tuple[BudgetSpec, ...] = ()
    quiet_hours: QuietHours | None = None
    time_zone: Zone = "UTC"
    time_zones: dict[Country, Zone] = Field(default_factory=dict)
    """By country of the customer, two letters; ``time_zone`` elsewhere."""
    control_share: Share = 0.0
    random_share: Share = 0.0
    exploration: Literal["none", "thompson"] = "none"
    max_per_kind: Count = 0
    """At most so many actions of one kind in a slate; 0 for no limit."""
    value_weights: dict[Kind, NotNegative] = Field(default_factory=dict)
    """What the value of a kind is multiplied by."""
    stock: StockRules = StockRules()
    items: ItemRules = ItemRules()
    context_weights: tuple[WeightSpec, ...] = ()
    seed: Count = 0


class ActionsFile(Strict):
    """The whole of ``actions.yaml``; each action is read as `ActionSpec`."""

    actions: Annotated[tuple[dict[str, Any], ...], Field(min_length=1)]
