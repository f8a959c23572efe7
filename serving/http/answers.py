"""What is answered: the models behind the documentation of every answer.

They describe; they do not check. The handlers return plain dicts, written out as they are.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class StockSeen(_Answer):
    """The stock figure that let an item pass."""

    location_id: str | None
    """Where; null for all locations together."""
    quantity: float
    """Sellable units."""
    as_of: int
    """How old the figure is: epoch seconds."""


class OfferedItem(_Answer):
    """One item of a slate."""

    item_id: str
    """The item."""
    name: str = ""
    """What it is called."""
    rank: int
    """From 1."""
    score: float | None
    """The ranker's score; comparable within one answer only."""
    probability: float | None = None
    """Chance that it is bought within the ranker's window, calibrated; null without a ranker."""
    action_probability: float = 1.0
    """Chance with which it stands in this place; below 1 where new items are tried."""
    reason: str
    """Why it is here, as a code."""
    reason_text: str = ""
    """Why it is here, in words."""
    because: str | None = None
    """The item that the reason names, where it names one."""
    due_at: int | None = None
    """When it is due again, for the goal replenish: epoch seconds."""
    stock: StockSeen | None
    """The figure it was offered on."""


class Drop(_Answer):
    """Candidates that a gate refused."""

    stage: str
    """The gate."""
    reason: str
    """Its reason code."""
    detail: str | None = None
    """The reason in words, when explained."""
    count: int | None = None
    """How many candidates, when only counted."""
    item_id: str | None = None
    """The item, when named."""


class _Decided(_Answer):
    decision_id: str
    """Name it in outcomes, or look it up."""
    bundle_version: str
    """What scored it."""
    policy_version: str
    """What governed it."""
    decided_at: int | str
    """When."""


class RecommendationsAnswer(_Decided):
    """Items, in order."""

    decision_id: str | None  # type: ignore[assignment]
    """Name it in outcomes, or look it up; null where no record could be kept."""
    items: list[OfferedItem]
    """Up to n, every one in stock."""
    personalised: bool
    """Whether the subject's own data were used."""
    fallback: str | None
    """Why not, when not: no_consent, cold_start, store_unavailable, time_budget."""
    dropped: list[Drop] | dict[str, Any]
    """What was refused, by gate."""


class ChosenAction(_Answer):
    """One action of the answer, with every term of its priority."""

    action_id: str
    """The action."""
    label: str
    """For people."""
    kind: str
    """offer, retention, replenishment and so on."""
    channel: str
    """Where."""
    rank: int
    """From 1."""
    priority: float
    """Propensity or uplift, times value, less cost and discount; times context weight and lever."""
    propensity: float | None
    """Chance of a response if shown, at this discount, calibrated."""
    propensity_low: float | None
    """Lower end of its interval."""
    propensity_high: float | None
    """Upper end of its interval."""
    uplift: float | None
    """What showing it adds to the chance, where control data exist."""
    value: float | None
    """Worth of a response."""
    cost: float | None
    """Cost of the contact."""
    discount: float | None
    """Discount that goes with it, a share of the price; 0 for none."""
    price_class: str | None
    """Declared class whose price ladder it was chosen on."""
    context_weight: float | None
    """How well it fits this moment."""
    lever: float | None
    """The business's own weight."""
    action_probability: float | None
    """Chance with which the policy chose it."""
    items: list[OfferedItem]
    """Items that fill it."""
    reason: str
    """Why it is here, as a code."""


class DroppedAction(Drop):
    """An action that a gate refused."""

    action_id: str
    """The action."""


class NextBestActionsAnswer(_Decided):
    """Actions, in order; none is an answer too."""

    arm: str
    """policy, control or random."""
    actions: list[ChosenAction]
    """Up to n."""
    dropped: list[DroppedAction]
    """What was refused, by gate."""


class DecisionAnswer(_Answer):
    """The record of a decision, as it was written."""

    model_config = ConfigDict(extra="allow")

    decision_id: str
    """The decision."""


class Disagreement(_Answer):
    """One place where a replay and the record do not agree."""

    path: str
    """Where in the decision: ``candidates.win_back.priority``."""
    recorded: Any
    """What the record says; null where it says nothing."""
    replayed: Any
    """What came out now; null where nothing did."""


class ReplayAnswer(_Answer):
    """A decision taken again from what its record holds."""

    decision_id: str
    """The decision."""
    identical: bool
    """Whether every term, verdict, probability and place agrees to the last bit."""
    differences: list[Disagreement]
    """Where not."""
    decision: dict[str, Any]
    """The decision as it comes out now, in the words of the record."""


class StockAnswer(_Answer):
    """What became of the figures."""

    accepted: int
    """Figures applied."""
    stale: int
    """Figures older than the stored ones, not applied."""
    effective_at: int
    """Epoch seconds; binding in every worker from here on."""


class ConsentsAnswer(_Answer):
    """What became of the statements."""

    accepted: int
    """Statements added."""
    effective_at: int
    """Epoch seconds; binding in every worker from here on."""


class Rejection(_Answer):
    """One outcome or event that was not taken."""

    index: int
    """Its place in the request, from 0."""
    field: str | None
    """The field at fault."""
    message: str
    """What is wrong with it."""


class OutcomesAnswer(_Answer):
    """What became of the outcomes."""

    accepted: int
    """New ones."""
    duplicates: int
    """Known by outcome_id already; counted once."""
    rejected: list[Rejection]
    """Those at fault."""


class EventsAnswer(_Answer):
    """What became of the events."""

    accepted: int
    """New ones."""
    duplicates: int
    """Known by event_id already; counted once."""
    rejected: list[Rejection]
    """Those at fault."""


class LinksAnswer(_Answer):
    """What became of the links."""

    accepted: int
    """Those taken; the same link twice is taken twice and stays one."""
    rejected: list[Rejection]
    """Those at fault."""


class Fault(_Answer):
    """What is wrong with a request."""

    code: str
    """For programs; stable."""
    message: str
    """For people; names the field and the value."""
    field: str | None = None
    """Dotted path in the body."""
    remedy: str | None = None
    """What to send instead."""


class ErrorAnswer(_Answer):
    """The one shape of every refusal."""

    error: Fault
    """The fault."""
