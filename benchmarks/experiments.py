"""How often a trial that is looked at daily alarms without cause, and how soon it finds an effect.

    python -m benchmarks.experiments --trials 1000

Simulated customers, nine in ten of whose days bring nothing, lognormal amounts, a rate of buying of
their own; one in three in control. ``looks`` follows the same customers for 60 days; ``sequence``
lets each customer enter once. Beside each, Welch's test read every day as if it were the only one.
"""

import argparse
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from training.experiments.looks import Looks, measure_looks
from training.experiments.sequence import confidence_sequence
from training.experiments.trial import MIN_ARM, Floats, Trial

CUSTOMERS, DAYS, SEED = 3_000, 60, 41
DAY = 86_400


class Verdict(NamedTuple):
    """Whether, and on which day (-1 never), an effect was seen; and by a daily Welch test."""

    day: int
    naive: bool


def same_customers(seed: int, lift: float) -> Verdict:
    """Look daily at what the same customers have brought so far."""
    rng = np.random.default_rng(seed)
    policy = rng.random(CUSTOMERS) < 2 / 3
    bought = rng.poisson(rng.gamma(0.5, 0.2, (CUSTOMERS, 1)), (CUSTOMERS, DAYS))
    totals = (bought * rng.lognormal(3, 0.7, bought.shape)).cumsum(axis=1)
    grown = totals * np.where(policy, 1 + lift, 1.0)[:, None]
    made = measure_looks(grown, policy, planned=DAYS, rng=rng, draws=10_000)
    if not isinstance(made, Looks):
        raise SystemExit(made.message)
    return _verdict(made.difference, made.error, (made.low > 0) | (made.high < 0))


def entering(seed: int, lift: float) -> Verdict:
    """Count each customer once, on the day their outcome is over."""
    rng = np.random.default_rng(seed)
    policy = rng.random(CUSTOMERS) < 2 / 3
    bought = rng.poisson(rng.gamma(0.5, 2.0, CUSTOMERS))
    value = bought * rng.lognormal(3, 0.7, CUSTOMERS) * np.where(policy, 1 + lift, 1.0)
    entered = rng.integers(0, DAYS * DAY, CUSTOMERS)
    looks = np.arange(1, DAYS + 1) * DAY
    made = confidence_sequence(Trial(value, policy), entered, looks, planned=CUSTOMERS)
    error = np.array([_error(value[entered <= at], policy[entered <= at]) for at in looks])
    return _verdict(made.difference, error, (made.low > 0) | (made.high < 0))


def _error(value: Floats, policy: np.ndarray) -> float:
    if min(policy.sum(), (~policy).sum()) < MIN_ARM:
        return float("nan")
    arms = value[policy], value[~policy]
    return float(np.sqrt(sum(arm.var(ddof=1) / arm.size for arm in arms)))


def _verdict(difference: Floats, error: Floats, seen: np.ndarray) -> Verdict:
    day = int(seen.argmax()) if seen.any() else -1
    return Verdict(day, bool(np.any(np.abs(difference) > 1.96 * error)))


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--trials", type=int, default=1_000)
    asked = parser.parse_args()
    for name, simulate in (("looks", same_customers), ("sequence", entering)):
        for lift in (0.0, 0.25, 0.5):
            seeds = tqdm(range(SEED, SEED + asked.trials), desc=name, leave=False)
            made = [simulate(seed, lift) for seed in seeds]
            seen = np.array([one.day for one in made if one.day >= 0])
            middle = f", half by day {np.median(seen) + 1:.0f}" if seen.size else ""
            naive = np.mean([one.naive for one in made])
            print(f"{name:8s} lift {lift:.0%}: alarms in {seen.size / asked.trials:.1%}{middle}; "
                  f"a daily Welch test in {naive:.1%}")  # fmt: skip


if __name__ == "__main__":
    main()
