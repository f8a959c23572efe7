"""Checked specifications to the core's values: money in cents, days in seconds."""

import datetime as dt
from collections.abc import Collection

from bundle.conditions import parse_condition
from bundle.specs import (
    ActionSpec,
    BudgetSpec,
    ItemRules,
    JourneySpec,
    PolicySpec,
    PriceClassSpec,
    QuietHours,
)
from decisioning.catalogue import Action, PriceClass, PriceStep, Prior
from decisioning.conditions import Condition
from decisioning.item_policy import ItemPolicy
from decisioning.policy import DAY, Budget, ContactLimit, Fatigue, Journey, Policy
from decisioning.recommender.diversity import Diversity

CENTS = 100.0


def build_action(spec: ActionSpec, columns: Collection[str]) -> Action:
    """Turn the specification of an action into the core's value."""
    return Action(
        action_id=spec.id,
        kind=spec.kind,
        label_en=spec.label.en or spec.label.fr,
        label_fr=spec.label.fr or spec.label.en,
        channels=spec.channels,
        # Doing nothing needs nobody's consent, whatever the file says.
        purpose="" if spec.kind == "none" else spec.purpose,
        prior=Prior(spec.prior.mean, spec.prior.strength),
        group=spec.group,
        model=spec.model,
        value=spec.value * CENTS,
        cost=spec.cost * CENTS,
        lever=spec.lever,
        price=spec.price * CENTS,
        floor_margin=spec.floor_margin,
        price_classes=tuple(_price_class(each, columns) for each in spec.price_classes),
        items=spec.items,
        n_items=spec.n_items,
        eligible_when=_condition(spec.eligible_when, columns),
        valid_from=_midnight(spec.valid_from),
        valid_until=_midnight(spec.valid_until),
        cool_down_days=spec.cool_down_days,
        cool_down_after=tuple((str(o), days) for o, days in spec.cool_down_after.items()),
    )


def build_policy(spec: PolicySpec, columns: Collection[str]) -> Policy:
    """Turn the specification of a policy into the core's value."""
    quiet = spec.quiet_hours or QuietHours(start=0, until=0, channels=())
    return Policy(
        limits=tuple(ContactLimit(**limit.model_dump()) for limit in spec.contact_limits),
        fatigue=Fatigue(**spec.fatigue.model_dump()) if spec.fatigue else None,
        journeys=tuple(_journey(each, columns) for each in spec.journeys),
        budgets=tuple(_budget(each) for each in spec.budgets),
        quiet_from=quiet.start,
        quiet_until=quiet.until,
        quiet_channels=quiet.channels,
        time_zone=spec.time_zone,
        time_zones=dict(spec.time_zones),
        control_share=spec.control_share,
        random_share=spec.random_share,
        exploration=spec.exploration,
        max_per_kind=spec.max_per_kind,
        value_weights={str(kind): weight for kind, weight in spec.value_weights.items()},
        stock_reserve=spec.stock.reserve,
        stock_max_age_s=int(spec.stock.max_age_hours * 3600),
        stock_location={str(c): place for c, place in spec.stock.location_of_channel.items()},
        stock_fallback=spec.stock.fallback_location,
        context_weights={(w.channel, w.kind): w.weight for w in spec.context_weights},
        items=_item_policy(spec.items),
        seed=spec.seed,
    )


def _item_policy(spec: ItemRules) -> ItemPolicy:
    return ItemPolicy(
        diversity=Diversity(
            spec.calibration, spec.category_cap, spec.ignored_penalty, spec.variety
        ),
        ignored_half_life=spec.ignored_half_life_days,
        sensitive_categories=spec.sensitive_categories,
        new_item_share=spec.new_item_share,
        new_item_days=spec.new_item_days,
    )


def _price_class(spec: PriceClassSpec, columns: Collection[str]) -> PriceClass:
    steps = tuple(PriceStep(step.discount, step.odds) for step in spec.steps)
    return PriceClass(spec.name, _condition(spec.when, columns), steps)


def _journey(spec: JourneySpec, columns: Collection[str]) -> Journey:
    when = parse_condition(spec.when, columns)
    return Journey(spec.name, when, spec.suppress.kinds, spec.suppress.groups)


def _budget(spec: BudgetSpec) -> Budget:
    money = None if spec.money is None else spec.money * CENTS
    return Budget(**{**spec.model_dump(), "money": money})


def _condition(text: str, columns: Collection[str]) -> Condition | None:
    return parse_condition(text, columns) if text else None


def _midnight(day: dt.date | None) -> int | None:
    return None if day is None else (day - dt.date(1970, 1, 1)).days * DAY
