"""From what a training run measured to the rows it leaves behind."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from training.held_out import Bought, HeldOut, HeldOutModel, HeldOutSlates
from training.models.contract import Rows
from training.models.fitting import FittedModel
from training.models.uplift.fit import FittedUplift
from training.models.uplift.selection import RESPONSE
from training.models.value.choice import FittedValue
from training.recommender.interactions import Interactions
from training.report import BLEND, RecommenderReport
from training.trial_found import trial_found


def held_out_of(
    interactions: Interactions,
    measured: RecommenderReport,
    models: Mapping[str, HeldOutModel],
    unfitted: Mapping[str, str],
    start: int,
    until: int,
) -> HeldOut:
    """Gather the rows that a run held out.

    Parameters
    ----------
    measured
        Of the recommender, on the purchases of [start, until).
    models
        By name.
    unfitted
        Why a model is absent, by its name.
    """
    ids = np.array(interactions.customers.ids, dtype=str)
    relevant = measured.relevant
    goals = {
        goal: HeldOutSlates(ids[relevant.customers(goal)], of_goal[BLEND])
        for goal, of_goal in measured.values.items()
    }
    pairs = relevant.pairs["any"]
    items = np.array(interactions.items.ids, dtype=str)
    bought = Bought(
        customers=ids[pairs // relevant.n_items],
        items=items[pairs % relevant.n_items],
        first=np.isin(pairs, relevant.pairs["discover"], assume_unique=True),
    )
    return HeldOut(start, until, goals, bought, models, unfitted)


def held_propensity(fitted: FittedModel) -> HeldOutModel:
    """Return the tested rows of a model of a probability."""
    test = fitted.test
    return HeldOutModel(
        kind="propensity",
        columns=test.columns,
        customers=fitted.customers,
        as_of=test.as_of,
        x=test.x,
        y=test.y,
        mean=fitted.p,
        low=fitted.low,
        high=fitted.high,
        baseline=fitted.baseline_p,
        importance=fitted.importance,
    )


def held_amount(fitted: FittedValue) -> HeldOutModel:
    """Return the tested rows of a model of an amount."""
    test = fitted.test
    return HeldOutModel(
        kind="amount",
        columns=test.columns,
        customers=fitted.customers,
        as_of=test.as_of,
        x=test.x,
        y=test.y,
        mean=fitted.said.mean,
        low=fitted.said.low,
        high=fitted.said.high,
        baseline=fitted.baseline,
        importance={},
    )


def held_uplift(
    fitted: FittedUplift, rows: Rows, customers: NDArray[np.str_], seed: int
) -> HeldOutModel:
    """Return the rows of a trial with what models of other folds said of them.

    Parameters
    ----------
    rows
        What it was fitted on, with ``contacted`` and ``probability``.
    customers
        Strings (rows,).
    seed
        Of the ranking at random that the others stand beside.
    """
    found = trial_found(fitted.selection, fitted.found, seed)
    # Each repetition cuts the folds anew: a row's score is the mean of models that never saw it.
    said, response = (
        fitted.found.scores[name].mean(axis=0) for name in (found.drawn, RESPONSE)
    )  # fmt: skip
    no_interval = np.full(said.shape, np.nan)
    assert rows.contacted is not None
    return HeldOutModel(
        kind="uplift",
        columns=rows.columns,
        customers=customers,
        as_of=rows.as_of,
        x=rows.x,
        y=rows.y,
        mean=said,
        low=no_interval,
        high=no_interval,
        baseline=response,
        importance={},
        contacted=rows.contacted.astype(np.float64),
        probability=rows.probability,
        found=found,
    )
