"""What must hold of a price ladder, and what may never enter a price."""

from collections.abc import Iterator

from bundle.build import build_action
from bundle.conditions import parse_condition
from bundle.contents import probability_column
from bundle.findings import Finding, twice
from bundle.specs import ActionSpec, PriceClassSpec
from bundle.vocabulary import Vocabulary
from bundle.yaml_lines import Loc
from decisioning.conditions import column_names
from decisioning.ladders import above_floor


def price_findings(spec: ActionSpec) -> Iterator[Finding]:
    """Find what does not hold together in the ladders of an action."""
    reads = ("price_classes", "price", "value", "floor_margin", "kind")
    if spec.kind == "none":
        yield Finding(("price_classes",), "doing nothing has no price", "remove it", reads)
    if not spec.price:
        yield Finding(
            ("price_classes",),
            "a discount is a share of a price, and there is none",
            "add `price:`, what one response pays before discount",
            reads,
        )
    for name in twice(c.name for c in spec.price_classes):
        yield Finding(("price_classes",), f"two classes are named {name!r}", "rename one", reads)
    for k, price_class in enumerate(spec.price_classes):
        if not price_class.when and k + 1 < len(spec.price_classes):
            yield Finding(
                ("price_classes", k),
                f"the class {price_class.name!r} takes everybody, so those after it have nobody",
                "add `when:`, or put it last",
                reads,
            )
        yield from _ladder(spec, price_class, ("price_classes", k, "steps"), reads)


def _ladder(
    spec: ActionSpec, price_class: PriceClassSpec, loc: Loc, reads: tuple[str, ...]
) -> Iterator[Finding]:
    steps = price_class.steps
    if steps[0].discount != 0 or steps[0].odds != 1:
        yield Finding(
            (*loc, 0), "the first step is the full price", "write {discount: 0, odds: 1}", reads
        )
    for k in range(1, len(steps)):
        before, step = steps[k - 1], steps[k]
        if step.discount <= before.discount:
            yield Finding(
                (*loc, k, "discount"),
                f"{step.discount:g} does not come after {before.discount:g}",
                "write the steps from the smallest discount to the largest",
                reads,
            )
        if step.odds < before.odds:
            yield Finding(
                (*loc, k, "odds"),
                f"a larger discount cannot lower the odds from {before.odds:g} to {step.odds:g}",
                "give odds that do not fall",
                reads,
            )
    if spec.price and len(steps) > 1 and not _keeps_floor(spec, steps[1].discount):
        yield _under_the_floor(spec, steps[1].discount, (*loc, 1, "discount"), reads)


def _keeps_floor(spec: ActionSpec, discount: float) -> bool:
    """Say what the core will say: the same function of the same cents."""
    bare = spec.model_copy(update={"eligible_when": "", "price_classes": ()})
    return above_floor(build_action(bare, ()), discount)


def deepest_discount(spec: ActionSpec) -> float:
    """Return the largest discount that keeps the floor; below 0 if the full price breaks it.

    The margin left at a discount d is ``value - d * price``; the floor is a share f of the price
    then paid, ``(1 - d) * price``: d is at most ``(value / price - f) / (1 - f)``.
    """
    return (spec.value / spec.price - spec.floor_margin) / (1 - spec.floor_margin)


def _under_the_floor(
    spec: ActionSpec, discount: float, loc: Loc, reads: tuple[str, ...]
) -> Finding:
    left = (spec.value - discount * spec.price) / ((1 - discount) * spec.price)
    deepest = deepest_discount(spec)
    mend = f"a discount of at most {deepest:.4g} keeps it" if deepest > 0 else "raise `value`"
    return Finding(
        loc,
        f"at a discount of {discount:g} a margin of {left:.1%} of the price is left, under the"
        f" floor of {spec.floor_margin:.1%}: only the step without discount survives",
        f"{mend}, or lower `floor_margin`",
        reads,
    )


def protected_findings(spec: ActionSpec, columns: Vocabulary) -> Iterator[Finding]:
    """Find the ways in which a protected attribute would enter a price."""
    read: list[tuple[Loc, set[str]]] = [
        (("eligible_when",), _names(spec.eligible_when, columns)),
        (("model",), {probability_column(spec.model)} if spec.model else set()),
    ]
    for k, price_class in enumerate(spec.price_classes):
        read.append((("price_classes", k, "when"), _names(price_class.when, columns)))
    for loc, names in read:
        for name in sorted(names & set(columns.protected)):
            yield Finding(
                loc,
                f"a price must not depend on {columns.protected[name]}",
                "leave it out, or remove `price_classes`",
                (str(loc[0]), "price_classes"),
            )


def _names(text: str, columns: Vocabulary) -> set[str]:
    return column_names(parse_condition(text, columns)) if text else set()
