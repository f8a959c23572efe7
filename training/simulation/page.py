"""A report as one HTML file that loads nothing and reads well in the light and in the dark."""

import math
from collections.abc import Iterator, Sequence
from html import escape
from itertools import accumulate
from typing import Any, Final

from training.markup import table
from training.simulation.players import GREEDY, LEARNING, ORACLE, RANDOM
from training.simulation.report import Report
from training.simulation.svg import Curve, chart

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8886; --soft: #8882;
  --c0: #0b6e99; --c1: #7a4fb5; --c2: #c8553d; --c3: #8a8a8a; --c4: #2e8540;
  --c5: #b8860b; --c6: #b03a8c; }
@media (prefers-color-scheme: dark) { :root {
  --c0: #4db8e8; --c1: #b794f0; --c2: #f08a72; --c3: #a8a8a8; --c4: #6cc980;
  --c5: #e6b84d; --c6: #ec8fd0; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .7rem .3rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
figure { margin: 0; overflow-x: auto; } svg { width: 100%; min-width: 32rem; height: auto; }
.grid { stroke: var(--soft); } .zero { stroke: var(--line); }
.tick { font-size: 12px; fill: currentColor; opacity: .75; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; padding: 0;
  margin: .2rem 0 0; font-size: .9rem; }
.key { display: inline-block; width: 1.1rem; height: .25rem; margin-right: .4rem;
  vertical-align: middle; }
""" + "".join(
    f".line.c{k} {{ stroke: var(--c{k}); }} .dot.c{k} {{ fill: var(--c{k}); }} "
    f".key.c{k} {{ background: var(--c{k}); }}\n"
    for k in range(7)
)


def simulation_page(told: Report) -> str:
    """Return the page of a report."""
    title = f"{told['weeks']} weeks of a simulated shop"
    body = [
        f"<h1>{title}</h1>",
        *_opening(told),
        *_policies(told),
        *_curves(told),
        *_actions(told),
        *_off_policy(told),
    ]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def _opening(told: Report) -> Iterator[str]:
    seeds = told["seeds"]
    which = f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds, each a shop of its own"
    yield _p(
        f"{told['customers']:,} customers, decided about once a week by {told['channel']}; "
        f"{which}. Every policy meets the same customers and the same luck. Money is in the shop's "
        "currency, per customer, and counts what the contacts truly add to doing nothing, net of "
        "cost, discount and opt-outs."
    )
    if len(seeds) > 1:
        yield _p("Intervals are 95 % over the seeds, differences paired by seed.")


def _policies(told: Report) -> Iterator[str]:
    yield "<h2>Policies</h2>"
    rows = [
        (
            one["name"],
            _money(one["value"]["mean"]),
            _interval(one["learning_ahead_by"]),
            f"{one['contacts']:.1f}",
            f"{one['opt_outs']:.1%}",
            f"{one['captured_first']:.0%}",
            f"{one['captured_last']:.0%}",
        )
        for one in told["policies"]
    ]
    head = ("Policy", "Value", "Learning ahead by", "Contacts", "Opt-outs", "Of best, first",
            "Of best, last")  # fmt: skip
    yield _scrolled(table(head, rows, first_number=1))
    weeks = told["regret_edge_weeks"]
    yield _p(
        "Of best: share of what the best allowed choices would have added, in the first and in "
        f"the last {weeks} weeks."
    )


def _curves(told: Report) -> Iterator[str]:
    for title, field, cumulative in (
        ("Value per customer, cumulative", "value_by_week", True),
        ("Regret a week per customer", "regret_by_week", False),
        ("Share of customers who may be contacted", "reachable_by_week", False),
    ):
        curves = [
            Curve(one["name"], list(accumulate(one[field])) if cumulative else one[field], f"c{k}")
            for k, one in enumerate(told["policies"])
        ]
        yield f"<h2>{title}</h2>"
        yield chart(title, curves)


def _actions(told: Report) -> Iterator[str]:
    shown = [p for p in told["policies"] if p["name"] in (LEARNING, GREEDY, RANDOM, ORACLE)]
    rows = [
        (action, *(f"{one['contacts_by_action'][k]:.2f}" for one in shown))
        for k, action in enumerate(told["actions"])
        if any(one["contacts_by_action"][k] for one in shown)
    ]
    yield "<h2>Contacts per customer, by action</h2>"
    yield _scrolled(table(("Action", *(one["name"] for one in shown)), rows, first_number=1))
    ranked = sorted(told["fixed"].items(), key=lambda one: -one[1]["mean"])
    yield "<h2>One action for everybody</h2>"
    yield _scrolled(
        table(
            ("Action", "Value", "95 % interval"),
            [(name, _money(s["mean"]), _bounds(s)) for name, s in ranked],
            first_number=1,
        )
    )


def _off_policy(told: Report) -> Iterator[str]:
    found = told["off_policy"]
    yield "<h2>What the log says of another policy</h2>"
    weeks = [one for one in found["first_seed"] if "dr" in one]
    if weeks:
        yield _p(
            "Reward a week of the learner's greedy policy, estimated from the learning policy's "
            f"log (doubly robust, {found['level']:.0%} interval) and in truth; first seed."
        )
        yield chart("Off-policy estimates and truth", _estimates(weeks), weeks[0]["week"])
        covered = ", ".join(f"{name} {share:.0%}" for name, share in found["coverage"].items())
        yield _p(f"Of {found['intervals']} intervals, the truth lay within: {covered}.")
    if found["refused"]:
        yield _p(f"In {found['refused']} weeks the log could not carry an estimate, and gave none.")


def _estimates(weeks: Sequence[dict[str, Any]]) -> list[Curve]:
    value, low, high = zip(*(one["dr"] for one in weeks), strict=True)
    return [
        Curve("estimate from the log", value, "c0", (low, high)),
        Curve("truth", [one["truth"] for one in weeks], "c2"),
    ]


def _money(value: float) -> str:
    return f"{value:.2f}"


def _interval(found: dict[str, float] | None) -> str:
    if found is None:
        return ""
    bounds = _bounds(found)
    return f"{found['mean']:+.2f} ({bounds})" if bounds else f"{found['mean']:+.2f}"


def _bounds(found: dict[str, float]) -> str:
    if math.isnan(found["low"]):
        return ""
    return f"{found['low']:+.2f} to {found['high']:+.2f}"


def _scrolled(inner: str) -> str:
    return f'<div class="scroll">{inner}</div>'


def _p(text: str) -> str:
    return f"<p>{escape(text)}</p>"
