"""A comparison as plain data: for JSON, the terminal, the page and the benchmark."""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from training.simulation.compare import BEST_FIXED, EDGE, Comparison, Spread, spread
from training.simulation.measured import ESTIMATORS, LEVEL, Measured
from training.simulation.players import LEARNING
from training.simulation.tally import Tally
from training.simulation.world import Rules

Report = dict[str, Any]
_CENTS: Final = 100.0


def report(comparison: Comparison, rules: Rules) -> Report:
    """Sum up a comparison.

    Money is in the shop's currency per customer of the world, unless a name says otherwise;
    intervals are 95 % over seeds (none for one seed), those of off-policy estimates 90 %.
    """
    shown = comparison.shown
    return {
        "seeds": list(comparison.seeds),
        "customers": comparison.customers,
        "weeks": int(shown[LEARNING][0].value.size),
        "channel": rules.channel,
        "actions": [a.action_id for a in rules.actions],
        "policies": [_policy(comparison, name, tallies) for name, tallies in shown.items()],
        "fixed": {
            name: _spread(spread(comparison.total(tallies)))
            for name, tallies in comparison.fixed.items()
        },
        "regret_change": _spread(comparison.regret_fell()),
        "regret_edge_weeks": min(EDGE, int(shown[LEARNING][0].value.size)),
        "off_policy": _off_policy(comparison.measured),
    }


def _policy(comparison: Comparison, name: str, tallies: Sequence[Tally]) -> Report:
    m, regret = comparison.customers, comparison.regret(name) / _CENTS
    edge = min(EDGE, regret.shape[1])
    by_action = np.mean([t.by_action.sum(axis=0) for t in tallies], axis=0) / m
    told: Report = {
        "name": name,
        "value": _spread(spread(comparison.total(tallies))),
        "learning_ahead_by": None if name == LEARNING else _spread(comparison.ahead(name)),
        "realised": float(np.mean([t.realised.sum() for t in tallies])) / m / _CENTS,
        "value_by_week": _curve([t.value / m / _CENTS for t in tallies]),
        "regret_by_week": _curve(list(regret)),
        "regret_first": float(regret[:, :edge].mean()),
        "regret_last": float(regret[:, -edge:].mean()),
        "captured_first": _captured(tallies, slice(0, edge)),
        "captured_last": _captured(tallies, slice(-edge, None)),
        "contacts": _mean(tallies, "contacts") / m,
        "opt_outs": _mean(tallies, "opt_outs") / m,
        "offers_refused_for_stock": _mean(tallies, "refused"),
        "responses_left_without_stock": _mean(tallies, "left_out"),
        "reachable_by_week": _curve([t.reachable / m for t in tallies]),
        "contacts_by_action": by_action.tolist(),
        "arms": np.mean([t.arms.mean(axis=0) for t in tallies], axis=0).tolist(),
    }
    if name == BEST_FIXED:
        told["actions_by_seed"] = [t.name for t in tallies]
    return told


def _off_policy(measured: Sequence[Sequence[Measured]]) -> Report:
    weeks = [one for of_seed in measured for one in of_seed]
    spoken = [one for one in weeks if not one.refusal]
    last = [of_seed[-1] for of_seed in measured if of_seed and not of_seed[-1].refusal]
    return {
        "level": LEVEL,
        "intervals": len(spoken),
        "refused": len(weeks) - len(spoken),
        "effective": float(np.mean([one.effective for one in spoken])) if spoken else math.nan,
        "coverage": {e: _share([one.covers(e) for one in spoken]) for e in ESTIMATORS},
        "bias": {
            e: _money([one.values[e].value - one.truth for one in spoken]) for e in ESTIMATORS
        },
        "seeds_covered_in_last_week": {e: sum(one.covers(e) for one in last) for e in ESTIMATORS},
        "seeds_in_last_week": len(last),
        "first_seed": [_week(one) for one in (measured[0] if measured else ())],
    }


def _week(one: Measured) -> Report:
    told: Report = {"week": one.week + 1, "truth": one.truth / _CENTS, "refusal": one.refusal}
    for estimator, found in one.values.items():
        told[estimator] = [found.value / _CENTS, found.low / _CENTS, found.high / _CENTS]
    return told


def _captured(tallies: Sequence[Tally], weeks: slice) -> float:
    """Return the share of the best choices' value that was had in some weeks, over all seeds."""
    best = sum(float(t.best[weeks].sum()) for t in tallies)
    return sum(float(t.value[weeks].sum()) for t in tallies) / best if best else math.nan


def _curve(by_seed: Sequence[np.ndarray[Any, Any]]) -> list[float]:
    return [float(x) for x in np.mean(by_seed, axis=0)]


def _mean(tallies: Sequence[Tally], name: str) -> float:
    return float(np.mean([getattr(t, name).sum() for t in tallies]))


def _share(covered: Sequence[bool]) -> float:
    return float(np.mean(covered)) if covered else math.nan


def _money(cents: Sequence[float]) -> float:
    return float(np.mean(cents)) / _CENTS if cents else math.nan


def _spread(found: Spread) -> dict[str, float]:
    return {name: float(value) / _CENTS for name, value in found._asdict().items()}
