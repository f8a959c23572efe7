"""Estimated against true uplift, in the simulated shop of `nextbest simulate`.

Every action of the shop is tried on 20,000 customers in the first week, half of them contacted by
lot. Learned as `fit_uplift` does it: a learner fitted on all, calibrated on its out-of-fold scores
(5 folds). Then 20,000 other customers are scored. Compared with two truths:

- **of the columns**: the mean of the true uplifts of customers with these columns, which is all
  that columns can tell. As no formula gives it, large trees regress the noiseless uplifts of
  110,000 further customers of the same world on their columns.
- **of the customer**: the uplift by traits that no column holds. No interval that shrinks with
  more rows can cover it; it is printed to show how far columns are from persons.

Printed a learner: correlations with, and coverage by the 90 % intervals of, both truths, as means
over actions and worlds with 95 % intervals (Student's t).
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import lightgbm as lgb
import numpy as np
from tqdm import tqdm

from training.models.contract import Floats, Rows, TooFewRowsError
from training.models.uplift.calibrate import UpliftModel, recalibrated
from training.models.uplift.fit import rank_by
from training.models.uplift.learners import learn
from training.models.uplift.ranking import cross_fit
from training.models.uplift.trees import HALVES
from training.models.uplift.trial import Trial, as_trial
from training.simulation.compare import spread
from training.simulation.customers import COLUMNS
from training.simulation.world import World, read_rules

TRIED, SCORED, ALL = 20_000, 20_000, 150_000
FOLDS: Final = 5
_TREES: Final = {
    "objective": "regression",
    "num_leaves": 63,
    "min_data_in_leaf": 100,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
    "num_threads": 1,
}


class Tried(NamedTuple):
    """One action in one world.

    Parameters
    ----------
    rows
        Of the trial.
    x
        float64 (m, p): columns of those who are scored.
    of_columns, of_customer
        float64 (m,): their true uplifts.
    """

    name: str
    rows: Rows
    x: Floats
    of_columns: Floats
    of_customer: Floats


def tries(seed: int) -> Iterator[Tried]:
    """Try every action of a world."""
    world = World(read_rules(), seed, ALL, 1)
    columns = world.customers.columns(0)
    x = np.column_stack([columns[name] for name in COLUMNS])
    truth = world.truth.week(0)
    for k, action in enumerate(world.rules.actions):
        if action.kind == "none":
            continue
        uplift = truth.shown[:, k] - truth.organic[:, k]
        scored, rest = slice(TRIED, TRIED + SCORED), slice(TRIED + SCORED, None)
        trees = lgb.train(_TREES, lgb.Dataset(x[rest], uplift[rest]), 100)
        of_columns = np.asarray(trees.predict(x[scored], num_threads=1), np.float64)
        rng = np.random.default_rng((seed, k))
        contacted = rng.random(TRIED) < 0.5
        p = np.where(contacted, truth.shown[:TRIED, k], truth.organic[:TRIED, k])
        rows = Rows(
            columns=COLUMNS,
            x=x[:TRIED],
            y=(rng.random(TRIED) < p).astype(np.float64),
            customer=np.arange(TRIED),
            as_of=np.zeros(TRIED, np.int64),
            contacted=contacted,
            probability=np.full(TRIED, 0.5),
        )
        yield Tried(action.action_id, rows, x[scored], of_columns, uplift[scored])


def fitted(name: str, trial: Trial, seed: int) -> UpliftModel:
    """Fit a learner as `fit_uplift` does the chosen one."""
    found = cross_fit(trial, {name: rank_by(name)}, folds=FOLDS, repeats=1, seed=seed)
    model = learn(name, trial, seed, halves=HALVES)
    return recalibrated(model, found.scores[name].mean(axis=0), found.robust, trial)


def compare(model: UpliftModel, tried: Tried) -> tuple[float, ...]:
    """Return correlation and coverage, of the columns' truth and of the customers'."""
    said = model.predict(tried.x)
    found: list[float] = []
    for truth in (tried.of_columns, tried.of_customer):
        inside = (said.low <= truth) & (truth <= said.high)
        found += [float(np.corrcoef(said.mean, truth)[0, 1]), float(inside.mean())]
    return tuple(found)


def report_world(learners: Sequence[str], seeds: int) -> None:
    """Print correlation and coverage of each learner."""
    found: dict[str, list[tuple[float, ...]]] = {name: [] for name in learners}
    for seed in range(seeds):
        for tried in tqdm(list(tries(seed)), unit="action", desc=f"world {seed}"):
            try:
                trial = as_trial(tried.rows)
            except TooFewRowsError as error:
                print(f"  {tried.name}: {error}")
                continue
            for name in learners:
                found[name].append(compare(fitted(name, trial, seed), tried))
    print(f"\nsimulated world, {seeds} seeds; mean over actions [95 % interval]")
    heads = ("corr, columns", "coverage", "corr, customer", "coverage")
    print(f"  {'':12s}" + "".join(f"{head:>24s}" for head in heads))
    for name, figures in found.items():
        means = [spread(column) for column in np.array(figures).T]
        line = "".join(f"{f'{m.mean:.3f} [{m.low:.3f}, {m.high:.3f}]':>24s}" for m in means)
        print(f"  {name:12s}{line}")
