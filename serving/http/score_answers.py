"""The models behind the documentation of scores; they describe, they do not check."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class CustomerScore(_Answer):
    """One figure of one customer."""

    score: str
    """Its name: churn, purchase_produce, value_90d."""
    kind: str
    """churn, purchase, value, response, uplift, service_contact, satisfaction or other."""
    unit: Literal["probability", "currency", "probability_difference"]
    """Of value, low and high."""
    value: float
    """The figure: calibrated where it is a probability."""
    low: float | None
    """Lower end of its 90 % interval; null where there is none."""
    high: float | None
    """Upper end of its 90 % interval."""
    horizon_days: int | None
    """How many days it looks ahead; null where the bundle does not say."""
    category: str | None
    """The category, of a purchase."""
    action_ids: list[str]
    """The actions, of a response or an uplift."""
    source: str
    """model, control_data, or of satisfaction answered or inferred."""
    reasons: list[str]
    """What moved a probability most, in words, when explained."""


class ScoredCustomer(_Answer):
    """One customer of the list."""

    customer_id: str
    """As it was asked."""
    scores: list[CustomerScore] | None
    """What can be said; null with a reason."""
    reason: str | None
    """Why there are none: no_consent, unknown_customer."""
    detail: str | None
    """Of no_consent: consent_unknown, consent_denied, consent_withdrawn, consent_expired."""


class ScoresAnswer(_Answer):
    """What the models say, in the order of the list."""

    customers: list[ScoredCustomer]
    """One entry a customer_id of the request."""
    as_of: int
    """What happened at or after it is not in the scores: epoch seconds."""
    scored_at: int
    """When consent was read: epoch seconds."""
    bundle_version: str
    """What scored them."""
    policy_version: str
    """What governed it."""
