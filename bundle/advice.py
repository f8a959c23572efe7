"""What is allowed in a catalogue and yet probably not meant."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bundle.eligibility import Share
from bundle.problems import Problem
from bundle.yaml_lines import Document, Loc
from decisioning.catalogue import Action
from decisioning.ladders import above_floor
from decisioning.policy import Budget, ContactLimit, Policy
from features.columns import MARKETING_CHANNELS


@dataclass(frozen=True)
class Facts:
    """What is known besides the two files.

    Parameters
    ----------
    now
        Epoch seconds UTC.
    models
        Of the champion; None where there is none.
    shares
        As `eligible_shares` gives them.
    granted
        (purpose, channel) that at least one customer granted; None where nothing is known.
    """

    now: int
    models: Collection[str] | None = None
    shares: Mapping[str, Share] = field(default_factory=dict)
    granted: Collection[tuple[str, str]] | None = None


def advise(
    catalogue: Document, rules: Document, actions: Sequence[Action], policy: Policy, facts: Facts
) -> list[Problem]:
    """List what is probably not meant, in the order of the files.

    Parameters
    ----------
    catalogue, rules
        ``actions.yaml`` and ``policy.yaml``, which `actions` and `policy` were read from.
    """
    found = []
    for k, action in enumerate(actions):
        for loc, message, remedy in _of_action(action, k, catalogue, policy, facts):
            found.append(catalogue.problem(("actions", k, *loc), message, remedy))
    if facts.granted is not None:
        for loc, message, remedy in _of_consents(actions, facts.granted):
            found.append(catalogue.problem(loc, message, remedy))
    for loc, message, remedy in (*_of_policy(actions, policy), *_of_places(actions, policy)):
        found.append(rules.problem(loc, message, remedy))
    return sorted(found)


_Said = tuple[Loc, str, str]


def _of_action(
    action: Action, k: int, document: Document, policy: Policy, facts: Facts
) -> Iterator[_Said]:
    label = document.content["actions"][k]["label"]
    for language in ("en", "fr"):
        if not label.get(language):
            yield ("label",), f"no label in {language}", f"add `{language}:`"
    if action.valid_until is not None and action.valid_until <= facts.now:
        day = dt.datetime.fromtimestamp(action.valid_until, tz=dt.UTC).date()
        yield ("valid_until",), f"over since {day}", "move the date, or remove the action"
    if facts.models is not None and action.model and action.model not in facts.models:
        message = f"the champion has no model {action.model!r}, so the prior stands in"
        yield ("model",), message, "train when customers have been offered it"
    yield from _of_conditions(action, facts.shares)
    if action.kind != "none":
        yield from _of_contacts(action, policy)
        yield from _of_worth(action, policy)


def _of_conditions(action: Action, shares: Mapping[str, Share]) -> Iterator[_Said]:
    named: dict[str, Loc] = {action.action_id: ("eligible_when",)}
    for k, price_class in enumerate(action.price_classes):
        named[f"{action.action_id}/{price_class.name}"] = ("price_classes", k, "when")
    for name, loc in named.items():
        share = shares.get(name)
        if share is not None and share.true == 0:
            unknown = f" ({share.unknown:.0%} unknown)" if share.unknown else ""
            yield loc, f"holds for none of the champion's customers{unknown}", "check the numbers"
        elif share is not None and share.true == 1:
            yield (
                loc,
                "holds for every customer of the champion",
                "leave it out, or make it stricter",
            )


def _of_contacts(action: Action, policy: Policy) -> Iterator[_Said]:
    capped = [limit for limit in policy.limits if limit.outcome == "shown"]
    for channel in action.channels:
        held = any(_covers(limit, action, channel) for limit in capped)
        if channel in MARKETING_CHANNELS and not held:
            message = f"no contact limit covers it on {channel}"
            yield ("channels",), message, "add one to policy.yaml"


def _of_consents(
    actions: Sequence[Action], granted: Collection[tuple[str, str]]
) -> Iterator[_Said]:
    needed: dict[tuple[str, str], list[int]] = {}
    for k, action in enumerate(actions):
        for channel in action.channels:
            if action.purpose and channel in MARKETING_CHANNELS:
                needed.setdefault((action.purpose, channel), []).append(k)
    for (purpose, channel), users in needed.items():
        if not {(purpose, channel), (purpose, "any")}.intersection(granted):
            names = ", ".join(actions[k].action_id for k in users)
            message = f"no customer granted {purpose} on {channel}, which {names} need"
            remedy = "ask for consent, or leave the channel out"
            yield ("actions", users[0], "channels"), message, remedy


def _of_worth(action: Action, policy: Policy) -> Iterator[_Said]:
    if action.value == 0 or policy.value_weights.get(action.kind, 1.0) == 0:
        yield ("value",), "a value of 0 never outweighs a cost", "add what a response brings"
    for k, price_class in enumerate(action.price_classes):
        for s, step in enumerate(price_class.steps):
            if not above_floor(action, step.discount):
                yield (
                    ("price_classes", k, "steps", s, "discount"),
                    f"{step.discount:g} goes under the floor and is never given",
                    "leave the step out, or lower `floor_margin`",
                )


def _of_policy(actions: Sequence[Action], policy: Policy) -> Iterator[_Said]:
    for k, limit in enumerate(policy.limits):
        # A limit for a whole channel may well stand there before any action uses the channel.
        if (limit.kind or limit.group or limit.action) and not _has_use(limit, actions):
            yield ("contact_limits", k), "no action is held back by it", "correct or remove it"
    for k, budget in enumerate(policy.budgets):
        if not _has_use(budget, actions):
            yield ("budgets", k), f"no action uses {budget.name!r}", "correct or remove it"
        elif budget.contacts == 0 or budget.money == 0:
            yield ("budgets", k), f"{budget.name!r} is 0: nothing passes", "raise it"


def _of_places(actions: Sequence[Action], policy: Policy) -> Iterator[_Said]:
    filled = [a for a in actions if a.items]
    for channel in dict.fromkeys(c for a in filled for c in a.channels):
        if channel not in policy.stock_location:
            names = ", ".join(a.action_id for a in filled if channel in a.channels)
            message = f"no location serves {channel}, so there are no items for {names}"
            yield ("stock", "location_of_channel"), message, f"add `{channel}:`"


def _has_use(selection: ContactLimit | Budget, actions: Sequence[Action]) -> bool:
    return any(
        _covers(selection, action, channel)
        for action in actions
        if action.kind != "none"
        for channel in action.channels
    )


def _covers(selection: ContactLimit | Budget, action: Action, channel: str) -> bool:
    return (
        selection.channel in ("", channel)
        and selection.kind in ("", action.kind)
        and selection.group in ("", action.group)
        and selection.action in ("", action.action_id)
    )
