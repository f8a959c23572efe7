"""A policy of three actions on Hillstrom's e-mail trial: men's e-mail, women's e-mail, none.

    python -m benchmarks.hillstrom --data DIR

``DIR`` holds ``hillstrom.parquet``: 64,000 customers, each given one of the three with probability
1/3, with visits and spend (dollars) of the two weeks after. A policy is learned on four fifths of
the customers and valued by DR on the last fifth, with the known probabilities and a reward model
of the same four fifths; each fifth is left out in turn, and the whole is repeated over other cuts,
as one split decides nothing. A customer's contribution is averaged over the repetitions, and the
intervals are over customers.

A learned policy sends each customer what the model of one outcome foretells most of: visits,
conversions (logistic regression an action) or spend (ridge regression an action).
"""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from tqdm import tqdm

from training.off_policy.estimators import Contributions, dr
from training.off_policy.log import Floats, Ints, Log, lay
from training.off_policy.reward_model import Examples, Fit, apart, cross_fit
from training.off_policy.support import refuse
from training.off_policy.value import PolicyValue, summarise

ACTIONS: Final = ("No E-Mail", "Mens E-Mail", "Womens E-Mail")
FIXED: Final = {
    "men's to all": np.array([0.0, 1, 0]),
    "women's to all": np.array([0.0, 0, 1]),
    "none": np.array([1.0, 0, 0]),
    "random": np.full(3, 1 / 3),
}
OUTCOMES: Final = ("visit", "spend")
MODELS: Final[Mapping[str, Fit]] = {
    "visit": apart("logistic"),
    "conversion": apart("logistic"),
    "spend": apart("ridge"),
}
REPETITIONS, FOLDS, SEED = 20, 5, 7


class Trial(NamedTuple):
    """The trial: what is known before (n, 11), the action (n,), outcomes by name (n,)."""

    x: Floats
    action: Ints
    outcomes: Mapping[str, Floats]


def read(path: Path) -> Trial:
    """Read the trial."""
    frame = pd.read_parquet(path)
    kept = frame[["recency", "mens", "womens", "newbie"]].assign(log=np.log(frame["history"]))
    x = pd.concat([kept, pd.get_dummies(frame[["zip_code", "channel"]])], axis=1)
    action = pd.Categorical(frame["segment"], categories=list(ACTIONS)).codes.astype(np.int64)
    outcomes = {o: frame[o].to_numpy(np.float64) for o in MODELS}
    return Trial(x.to_numpy(np.float64), action, outcomes)


def foretell(trial: Trial, seed: int) -> dict[str, Floats]:
    """Return each outcome's model, out of fold: name to float64 (n, 3)."""
    customers = np.arange(trial.action.size)
    return {
        name: cross_fit(
            Examples(trial.x, trial.action, trial.outcomes[name], customers),
            len(ACTIONS),
            fit,
            folds=FOLDS,
            seed=seed,
        )
        for name, fit in MODELS.items()
    }


def policies(foretold: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return every policy as float64 (n, 3)."""
    learned = {f"learned on {o}": np.eye(3)[q.argmax(axis=1)] for o, q in foretold.items()}
    n = len(next(iter(foretold.values())))
    return learned | {name: np.tile(shares, (n, 1)) for name, shares in FIXED.items()}


def logs(trial: Trial, seed: int) -> Iterator[tuple[str, str, Log]]:
    """Lay the trial beside every policy and outcome, with models of one cut into folds."""
    foretold = foretell(trial, seed)
    known = np.full((trial.action.size, len(ACTIONS)), 1 / len(ACTIONS))
    for policy, shares in policies(foretold).items():
        for outcome in OUTCOMES:
            yield (
                policy,
                outcome,
                lay(
                    trial.outcomes[outcome],
                    trial.action,
                    known,
                    shares,
                    predicted=foretold[outcome],
                ),
            )


def measure(trial: Trial, repetitions: int) -> tuple[dict[tuple[str, str], Floats], Log]:
    """Return what each customer adds to (outcome, policy), the mean over the repetitions."""
    added: dict[tuple[str, str], Floats] = {}
    for seed in tqdm(range(SEED, SEED + repetitions), unit="cut"):
        for policy, outcome, log in logs(trial, seed):
            refusal = refuse(log)
            if refusal:
                raise SystemExit(f"{policy}: {refusal.message}")
            before = added.get((outcome, policy), np.zeros(len(log)))
            added[outcome, policy] = before + dr(log).totals / repetitions
    return added, log


def figure(values: Floats, log: Log) -> PolicyValue:
    """Sum up over customers."""
    return summarise("dr", log, Contributions(values, np.ones(values.size)))


def report(added: Mapping[tuple[str, str], Floats], log: Log) -> None:
    """Print the value of every policy, and how much more the learned ones bring."""
    names = list(dict.fromkeys(policy for _, policy in added))
    for outcome in OUTCOMES:
        print(f"\n{outcome} per customer, DR, 95 % interval")
        for policy in names:
            one = figure(added[outcome, policy], log)
            print(f"  {policy:22s} {one.value:.4f} [{one.low:.4f}, {one.high:.4f}]")
        for learned in (name for name in names if name not in FIXED):
            print(f"  {learned}, more than")
            for fixed in FIXED:
                gap = figure(added[outcome, learned] - added[outcome, fixed], log)
                print(f"    {fixed:20s} {gap.value:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}]")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder of hillstrom.parquet")
    parser.add_argument("--repetitions", type=int, default=REPETITIONS, help="cuts into folds")
    asked = parser.parse_args()
    trial = read(asked.data / "hillstrom.parquet")
    report(*measure(trial, asked.repetitions))


if __name__ == "__main__":
    main()
