"""A report as lines of text that fit a terminal of 80 columns."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from training.simulation.players import LEARNING
from training.simulation.report import Report

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_WIDTH: Final = 46
_NAME: Final = 24


def readable(told: Report) -> Iterator[str]:
    """Yield the report's lines."""
    seeds = told["seeds"]
    which = f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds"
    yield (
        f"Simulated shop: {told['customers']:,} customers, {told['weeks']} weeks, "
        f"{len(told['actions'])} actions by {told['channel']}, {which}"
    )
    yield "Per customer, all weeks; money in the shop's currency, added to doing nothing"
    yield ""
    yield from _table(told["policies"])
    yield ""
    yield from _curves("Value, cumulative", told, "value_by_week", cumulative=True)
    yield ""
    yield from _curves("Regret a week", told, "regret_by_week", cumulative=False)
    yield ""
    yield from _closing(told)


def _table(policies: Sequence[dict[str, Any]]) -> Iterator[str]:
    head = ("value", "learning ahead by", "contacts", "opt-outs")
    yield f"{'policy':{_NAME}} {head[0]:>7} {head[1]:>24} {head[2]:>9} {head[3]:>9}"
    for one in policies:
        yield (
            f"{one['name']:{_NAME}} {one['value']['mean']:7.2f} {_ahead(one):>24} "
            f"{one['contacts']:9.1f} {one['opt_outs']:9.1%}"
        )
        for name in sorted(set(one.get("actions_by_seed", ()))):
            yield f"  {name}: best in {one['actions_by_seed'].count(name)} of the seeds"


def _ahead(one: dict[str, Any]) -> str:
    ahead = one["learning_ahead_by"]
    if ahead is None:
        return ""
    if math.isnan(ahead["low"]):
        return f"{ahead['mean']:+.2f}"
    return f"{ahead['mean']:+.2f} ({ahead['low']:+.2f} to {ahead['high']:+.2f})"


def _curves(title: str, told: Report, field: str, *, cumulative: bool) -> Iterator[str]:
    curves = {
        one["name"]: np.cumsum(one[field]) if cumulative else np.array(one[field])
        for one in told["policies"]
    }
    top = max(float(curve.max()) for curve in curves.values())
    low = min(0.0, min(float(curve.min()) for curve in curves.values()))
    yield f"{title} (scale {low:.2f} to {top:.2f})"
    for name, curve in curves.items():
        yield f"{name:{_NAME}} {sparkline(curve, low, top)} {curve[-1]:.2f}"


def sparkline(values: Sequence[float] | np.ndarray[Any, Any], low: float, high: float) -> str:
    """Draw values as blocks between low and high, at most `_WIDTH` of them."""
    points = np.asarray(values, dtype=np.float64)
    if points.size > _WIDTH:
        points = np.array([part.mean() for part in np.array_split(points, _WIDTH)])
    span = high - low if high > low else 1.0
    steps = np.clip((points - low) / span * (len(_BLOCKS) - 1), 0, len(_BLOCKS) - 1)
    return "".join(_BLOCKS[round(float(step))] for step in steps)


def _closing(told: Report) -> Iterator[str]:
    learning = next(one for one in told["policies"] if one["name"] == LEARNING)
    change, edge = told["regret_change"], told["regret_edge_weeks"]
    between = (
        "" if math.isnan(change["low"]) else f" ({change['low']:+.2f} to {change['high']:+.2f})"
    )
    yield f"Learning policy, last {edge} weeks against first {edge}"
    yield f"  regret a week: {change['mean']:+.2f}{between}"
    yield (
        f"  of the best that the gates allowed: {learning['captured_first']:.0%} at first, "
        f"{learning['captured_last']:.0%} at last"
    )
    policy, control, random = learning["arms"]
    yield f"Arms a week: {policy:,.0f} policy, {control:,.0f} control, {random:,.0f} random"
    yield (
        f"Stock: {learning['offers_refused_for_stock']:,.0f} offers refused for want of stock, "
        f"{learning['responses_left_without_stock']:,.0f} buyers too late"
    )
    yield from _measured(told["off_policy"])


def _measured(told: dict[str, Any]) -> Iterator[str]:
    if not told["intervals"]:
        yield f"Off-policy: no estimate, {told['refused']} weeks refused"
        return
    covered = ", ".join(f"{name} {share:.0%}" for name, share in told["coverage"].items())
    yield (
        f"Off-policy: {told['intervals']} weekly {told['level']:.0%} intervals from the log, "
        f"{told['refused']} refused"
    )
    yield f"  they hold the truth in {covered}"
