"""The shape of ``actions.yaml`` and ``policy.yaml``: every field, its limits and its default."""

import datetime as dt
import zoneinfo
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Channel = Literal["web", "app", "shop", "call_centre", "email", "sms", "push", "phone", "post"]
Kind = Literal[
    "offer",
    "retention",
    "replenishment",
    "cross_sell",
    "abandoned_basket",
    "service",
    "feedback_request",
    "none",
]
Outcome = Literal["shown", "clicked", "accepted", "rejected", "purchased", "ignored"]
Share = Annotated[float, Field(ge=0, le=1)]
Hour = Annotated[int, Field(ge=0, le=24)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Label(_Strict):
    """What people read."""

    en: str
    fr: str


class PriorSpec(_Strict):
    """Belief about the response rate before any data."""

    mean: Annotated[float, Field(gt=0, lt=1)]
    strength: Annotated[float, Field(gt=0)] = 20.0


class ActionSpec(_Strict):
    """One action of ``actions.yaml``."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    """Lower-case name, unique in the file."""
    label: Label
    kind: Kind
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)]
    purpose: Literal["personalisation", "analytics", "marketing", "third_party_data", ""] = (
        "marketing"
    )
    """Consent needed; empty only for the kind ``none``."""
    eligible_when: str = ""
    """SQL-style condition over snapshot columns and scores; empty is always."""
    model: str = ""
    """Response model in the bundle."""
    prior: PriorSpec = PriorSpec(mean=0.02)
    value: Annotated[float, Field(ge=0)] = 0.0
    """Value of one response, in the shop's currency."""
    cost: Annotated[float, Field(ge=0)] = 0.0
    """Cost of one contact, in the shop's currency."""
    lever: Annotated[float, Field(gt=0)] = 1.0
    items: Literal["any", "discover", "replenish", ""] = ""
    n_items: Annotated[int, Field(ge=0, le=20)] = 0
    valid_from: dt.date | None = None
    """First day, from midnight UTC."""
    valid_until: dt.date | None = None
    """First day on which it is no longer done, from midnight UTC."""
    cool_down_days: Annotated[float, Field(ge=0)] = 0.0

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.items and not self.n_items:
            raise ValueError("items needs n_items, how many of them")
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            raise ValueError("valid_from must lie before valid_until")
        return self


class LimitSpec(_Strict):
    """After ``count`` outcomes within ``days`` days, suppress for ``suppress_days``."""

    outcome: Outcome = "shown"
    count: Annotated[int, Field(ge=1)]
    days: Annotated[float, Field(gt=0)]
    suppress_days: Annotated[float, Field(gt=0)]
    channel: Channel | Literal[""] = ""
    kind: Kind | Literal[""] = ""


class QuietHours(_Strict):
    """Local hours [from, until) without contact."""

    start: Hour
    until: Hour
    channels: tuple[Channel, ...]


class StockRules(_Strict):
    """What counts as sellable."""

    reserve: Annotated[float, Field(ge=0)] = 0.0
    max_age_hours: Annotated[float, Field(gt=0)] = 24.0
    location_of_channel: dict[Channel, str] = Field(default_factory=dict)
    """Location that serves each channel; ``home`` is the customer's own shop."""
    fallback_location: str = ""
    """Stands in for ``home`` where no home may be known: no consent, no history."""


class WeightSpec(_Strict):
    """Context weight of a kind of action on a channel."""

    channel: Channel
    kind: Kind
    weight: Annotated[float, Field(gt=0)]


class PolicySpec(_Strict):
    """The whole of ``policy.yaml``. Consent has no default to set: unknown always refuses."""

    contact_limits: tuple[LimitSpec, ...] = ()
    quiet_hours: QuietHours | None = None
    time_zone: str = "UTC"
    control_share: Share = 0.0
    random_share: Share = 0.0
    stock: StockRules = StockRules()
    context_weights: tuple[WeightSpec, ...] = ()
    seed: Annotated[int, Field(ge=0)] = 0

    @field_validator("time_zone")
    @classmethod
    def _is_zone(cls, name: str) -> str:
        if name not in zoneinfo.available_timezones():
            raise ValueError(f"{name!r} is not an IANA time zone, such as Europe/Paris")
        return name


class ActionsFile(_Strict):
    """The whole of ``actions.yaml``."""

    actions: Annotated[tuple[ActionSpec, ...], Field(min_length=1)]

    @field_validator("actions")
    @classmethod
    def _is_unique(cls, actions: tuple[ActionSpec, ...]) -> tuple[ActionSpec, ...]:
        ids = [a.id for a in actions]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"the ids {twice} stand more than once")
        if not any(a.kind == "none" for a in actions):
            raise ValueError("an action of kind 'none' (doing nothing) is missing")
        return actions
