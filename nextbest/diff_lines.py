"""The comparison of ``nextbest diff`` as lines of text, within 80 columns."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

Report = Mapping[str, Any]
MOVES: Final = 8
_MONEY: Final = {
    "contacts": "contacts",
    "value": "value added",
    "cost": "contact cost",
    "discount": "discount",
    "net": "net",
    "priority": "priority",
}


def difference_lines(report: Report) -> Iterator[str]:
    """Yield the lines of a comparison."""
    first, second = report["first"], report["second"]
    yield f"A {first['name']} (bundle {first['bundle_version']}, {first['actions']} actions)"
    yield f"B {second['name']} (bundle {second['bundle_version']}, {second['actions']} actions)"
    yield f"{report['channel']}, {report['direction']}, {report['n']} at most a customer"
    share = report["changed"] / max(report["customers"], 1)
    yield f"\n{report['changed']:,} of {report['customers']:,} customers change ({share:.1%})"
    yield from _actions(report["actions"])
    yield from _moves(report["moves"])
    yield from _money(report["money"])
    yield from _drops(report["drops"])
    yield from _examples(report["examples"])


def _actions(rows: Sequence[Report]) -> Iterator[str]:
    yield f"\n{'customers by action':36s} {'A':>9s} {'B':>9s} {'gained':>9s} {'lost':>9s}"
    for row in rows:
        counts = (row[name] for name in ("first", "second", "gained", "lost"))
        yield f"  {_cut(row['action_id'], 34):34s} " + " ".join(f"{c:9,d}" for c in counts)


def _moves(rows: Sequence[Report]) -> Iterator[str]:
    moved = [row for row in rows if row["first"] != row["second"]]
    if moved:
        yield f"\n{'first choice: A':29s}    {'B':29s} {'customers':>12s}"
    for row in moved[:MOVES]:
        one, other = (_cut(row[side], 27) for side in ("first", "second"))
        yield f"  {one:27s} -> {other:29s} {row['customers']:12,d}"
    if len(moved) > MOVES:
        yield f"  and {len(moved) - MOVES} other moves (--json lists them)"


def _money(money: Report) -> Iterator[str]:
    yield f"\n{'expected of the slates':24s} {'A':>16s} {'B':>16s} {'change':>16s}"
    for name, label in _MONEY.items():
        figures = (money[side][name] for side in ("first", "second", "change"))
        form = "16,d" if name == "contacts" else "16,.2f"
        yield f"  {label:22s} " + " ".join(format(f, form) for f in figures)


def _drops(rows: Sequence[Report]) -> Iterator[str]:
    if rows:
        yield f"\n{'stopped candidates, by reason':38s} {'A':>12s} {'B':>12s} {'change':>12s}"
    for row in rows:
        name = _cut(f"{row['stage']}: {row['reason']}", 36)
        yield f"  {name:36s} {row['first']:12,d} {row['second']:12,d} {row['change']:+12,d}"


def _examples(rows: Sequence[Report]) -> Iterator[str]:
    if rows:
        yield "\nfor example"
    for row in rows:
        others = f" and {row['customers'] - 1:,} more" if row["customers"] > 1 else ""
        yield f"  customer {row['customer_id']}{others}"
        for why in row["why"]:
            yield f"    {_why(why)}"


def _why(why: Report) -> str:
    first, second = why["first"], why["second"]
    if why["change"] == "arm":
        return f"arm: {first} -> {second}"
    if why["change"] == "repriced":
        return f"{why['action_id']}: discount {first['discount']:.0%} -> {second['discount']:.0%}"
    other = second if why["change"] == "lost" else first
    side = "B" if why["change"] == "lost" else "A"
    sign = "-" if why["change"] == "lost" else "+"
    worth = f" ({_priority(first)} -> {_priority(second)})" if other["stage"] == "slate" else ""
    return f"{sign} {why['action_id']}: in {side}: {other['detail']}{worth}"


def _priority(side: Report) -> str:
    priority = side["priority"]
    return "none" if priority is None or priority != priority else f"{priority:.2f}"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
