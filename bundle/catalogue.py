"""``actions.yaml`` and ``policy.yaml``: what a marketer edits, checked, as the core's values."""

import datetime as dt
import zoneinfo
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from bundle.conditions import parse_condition
from decisioning.policy import DAY, Action, ContactLimit, Policy, Prior
from features.errors import CatalogueError

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
_Model = TypeVar("_Model", bound=BaseModel)


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
    valid_until: dt.date | None = None
    cool_down_days: Annotated[float, Field(ge=0)] = 0.0


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


def read_actions(path: Path, columns: Collection[str], models: Collection[str]) -> list[Action]:
    """Read the catalogue.

    Parameters
    ----------
    columns
        Names that conditions may use: snapshot columns and scores.
    models
        Names of the response models that exist.

    Raises
    ------
    CatalogueError
        Naming file, field, value and what would be right.
    """
    spec = _validated(path, ActionsFile)
    # An action's own response model exists once enough customers were offered it; until then
    # its prior stands, and naming the model already is no mistake.
    known = {*models, *(a.id for a in spec.actions)}
    return [_action(path, index, a, columns, known) for index, a in enumerate(spec.actions)]


def read_policy(path: Path) -> Policy:
    """Read the policy.

    Raises
    ------
    CatalogueError
        Naming file, field, value and what would be right.
    """
    spec = _validated(path, PolicySpec)
    quiet = spec.quiet_hours or QuietHours(start=0, until=0, channels=())
    return Policy(
        limits=tuple(ContactLimit(**limit.model_dump()) for limit in spec.contact_limits),
        quiet_from=quiet.start,
        quiet_until=quiet.until,
        quiet_channels=quiet.channels,
        time_zone=spec.time_zone,
        control_share=spec.control_share,
        random_share=spec.random_share,
        stock_reserve=spec.stock.reserve,
        stock_max_age_s=int(spec.stock.max_age_hours * 3600),
        stock_location={str(c): place for c, place in spec.stock.location_of_channel.items()},
        context_weights={(w.channel, w.kind): w.weight for w in spec.context_weights},
        seed=spec.seed,
    )


def _action(
    path: Path, index: int, spec: ActionSpec, columns: Collection[str], models: Collection[str]
) -> Action:
    where = f"actions[{index}] ({spec.id})"
    if spec.model and spec.model not in models:
        raise CatalogueError(
            f"{path.name}: {where}.model: no model {spec.model!r} in the bundle.",
            f"use one of {sorted(models)}, or leave it out to rely on the prior.",
        )
    if not spec.purpose and spec.kind != "none":
        raise CatalogueError(
            f"{path.name}: {where}.purpose is empty.", "name the purpose it needs consent for."
        )
    try:
        condition = parse_condition(spec.eligible_when, columns) if spec.eligible_when else None
    except ValueError as error:
        raise CatalogueError(
            f"{path.name}: {where}.eligible_when: {error}.", "correct the condition."
        ) from error
    return Action(
        action_id=spec.id,
        kind=spec.kind,
        label_en=spec.label.en,
        label_fr=spec.label.fr,
        channels=spec.channels,
        # Doing nothing needs nobody's consent, whatever the file says.
        purpose="" if spec.kind == "none" else spec.purpose,
        prior=Prior(spec.prior.mean, spec.prior.strength),
        model=spec.model,
        value=spec.value * 100.0,
        cost=spec.cost * 100.0,
        lever=spec.lever,
        items=spec.items,
        n_items=spec.n_items,
        eligible_when=condition,
        valid_from=_midnight(spec.valid_from),
        valid_until=_midnight(spec.valid_until),
        cool_down_days=spec.cool_down_days,
    )


def _midnight(day: dt.date | None) -> int | None:
    return None if day is None else (day - dt.date(1970, 1, 1)).days * DAY


def _validated(path: Path, model: type[_Model]) -> _Model:
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return model.model_validate(content)
    except OSError as error:
        raise CatalogueError(
            f"{path} cannot be read ({error.strerror}).", "restore the file."
        ) from error
    except UnicodeDecodeError as error:
        raise CatalogueError(f"{path.name}: {error}.", "save the file as UTF-8.") from error
    except yaml.YAMLError as error:
        raise CatalogueError(f"{path.name}: {error}.", "correct the YAML.") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the file"
        raise CatalogueError(
            f"{path.name}: {field}: {first['msg']} (got {_brief(first['input'])}).",
            "correct the field.",
        ) from error


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
