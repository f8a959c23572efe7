"""From what a training run measured to the rows it leaves behind."""

from collections.abc import Mapping

import numpy as np

from training.held_out import Bought, HeldOut, HeldOutModel, HeldOutSlates
from training.models.fitting import FittedModel
from training.models.value.choice import FittedValue
from training.recommender.interactions import Interactions
from training.report import BLEND, RecommenderReport


def held_out_of(
    interactions: Interactions,
    measured: RecommenderReport,
    models: Mapping[str, HeldOutModel],
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
    return HeldOut(start, until, goals, bought, models)


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
