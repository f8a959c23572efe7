"""What must hold between the fields of an action or of the policy."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bundle.findings import Finding, twice
from bundle.nearest import did_you_mean
from bundle.price_rules import price_findings, protected_findings
from bundle.specs import ActionSpec, JourneySpec, PolicySpec, Selection
from bundle.vocabulary import Vocabulary
from bundle.yaml_lines import Loc, path_text


@dataclass(frozen=True)
class Names:
    """What a policy may name: ids and groups of the actions."""

    actions: tuple[str, ...]
    groups: tuple[str, ...]


def action_findings(
    spec: ActionSpec, columns: Collection[str], models: Collection[str]
) -> Iterator[Finding]:
    """Find what does not hold together in one action."""
    if spec.model and spec.model not in models:
        remedy = did_you_mean(spec.model, models) or (
            f"use one of {', '.join(sorted(models))}, or leave it out to rely on the prior"
        )
        yield Finding(("model",), f"no model {spec.model!r}", remedy, ("model",))
    yield from _incomplete(spec)
    if spec.valid_from and spec.valid_until and spec.valid_from >= spec.valid_until:
        yield Finding(
            ("valid_until",),
            f"{spec.valid_until} is not after valid_from, {spec.valid_from}",
            "the first day on which it is no longer done must come later",
            ("valid_from", "valid_until"),
        )
    if spec.price_classes:
        yield from price_findings(spec)
        if isinstance(columns, Vocabulary):
            yield from protected_findings(spec, columns)


def _incomplete(spec: ActionSpec) -> Iterator[Finding]:
    if not (spec.label.en or spec.label.fr):
        yield Finding(("label",), "is empty", "write a label in `en`, in `fr` or both", ("label",))
    if not spec.purpose and spec.kind != "none":
        remedy = "name the purpose it needs consent for"
        yield Finding(("purpose",), "is empty", remedy, ("purpose", "kind"))
    if spec.items and not spec.n_items:
        remedy = "add `n_items:`, how many"
        yield Finding(("items",), "asks for no item", remedy, ("items", "n_items"))


def policy_findings(spec: PolicySpec, names: Names) -> Iterator[Finding]:
    """Find what does not hold together in the policy, or with the actions."""
    for k, limit in enumerate(spec.contact_limits):
        yield from _selected(limit, names, ("contact_limits", k))
    for k, budget in enumerate(spec.budgets):
        yield from _selected(budget, names, ("budgets", k))
        if budget.contacts is None and budget.money is None:
            remedy = "add `contacts:` or `money:`"
            yield Finding(("budgets", k), "limits nothing", remedy, (f"budgets[{k}]",))
    for k, journey in enumerate(spec.journeys):
        yield from _suppressed(journey, names, ("journeys", k, "suppress"))
    yield from _ambiguous(spec)


def _suppressed(journey: JourneySpec, names: Names, loc: Loc) -> Iterator[Finding]:
    if not (journey.suppress.kinds or journey.suppress.groups):
        reads = (path_text(loc[:2]),)
        yield Finding(loc, "names nothing that waits", "add kinds or groups", reads)
    for k, group in enumerate(journey.suppress.groups):
        yield from _known("group", group, names.groups, (*loc, "groups", k))


def _ambiguous(spec: PolicySpec) -> Iterator[Finding]:
    named = {
        "journeys": [each.name for each in spec.journeys],
        "budgets": [each.name for each in spec.budgets],
    }
    for part, listed in named.items():
        for name in twice(listed):
            yield Finding((part,), f"the name {name!r} stands twice", "rename one", (part,))
    for channel, kind in twice((w.channel, w.kind) for w in spec.context_weights):
        message = f"{kind} on {channel} has two weights"
        yield Finding(("context_weights",), message, "keep one of them", ("context_weights",))


def _selected(selection: Selection, names: Names, loc: Loc) -> Iterator[Finding]:
    yield from _known("group", selection.group, names.groups, (*loc, "group"))
    yield from _known("action", selection.action, names.actions, (*loc, "action"))


def _known(what: str, name: str, known: tuple[str, ...], loc: Loc) -> Iterator[Finding]:
    if name and name not in known:
        remedy = did_you_mean(name, known) or (
            f"the {what}s are {', '.join(known)}" if known else f"no action has a {what}"
        )
        yield Finding(loc, f"no {what} {name!r} in actions.yaml", remedy, (path_text(loc),))
