"""What a training run shows: figures with intervals, and pictures."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.catalogue import GOALS
from decisioning.items import Ranker
from decisioning.recommender.state import RecommenderState
from training import plots, tracking
from training.models.fitting import FittedModel
from training.models.metrics import Estimate, flat_estimates, mean_estimate
from training.recommender.beyond import Beyond
from training.recommender.interactions import Interactions
from training.recommender.measure import (
    Relevance,
    baseline_slates,
    beyond_of,
    decided_slates,
    ndcg_of,
    relevance,
    slates_of,
)

Floats = NDArray[np.float64]
I64 = NDArray[np.int64]
BLEND = "blend"
NDCG = "ndcg@10"
BASELINES = ("popularity", "personal_frequency")
"""Those measured in every training run; ``nextbest evaluate`` measures all of them."""


@dataclass(frozen=True)
class RecommenderReport:
    """NDCG@10 of scorers on one test window.

    Parameters
    ----------
    values
        By goal and scorer: float64 (customers,), one value per customer with something relevant.
    orders
        By goal: orders of those customers before the cut, float64 (customers,).
    beyond
        By goal and scorer: what the slates were like beyond accuracy; none where there were none.
    relevant
        What the slates were held against.
    seed
        Of the bootstrap.
    """

    values: Mapping[str, Mapping[str, Floats]]
    orders: Mapping[str, Floats]
    beyond: Mapping[str, Mapping[str, Beyond]]
    relevant: Relevance
    seed: int

    def estimates(self, goal: str) -> dict[str, Estimate]:
        """Return the mean of each scorer with its interval."""
        return {name: mean_estimate(v, self.seed) for name, v in self.values[goal].items()}

    def gain(self, goal: str, over: str) -> Estimate:
        """Return the blend's mean gain over a scorer, paired by customer."""
        difference = self.values[goal][BLEND] - self.values[goal][over]
        return mean_estimate(difference, self.seed)

    def metrics(self) -> dict[str, float]:
        """Name every figure for MLflow."""
        flat: dict[str, float] = {}
        for goal in self.values:
            for name, estimate in self.estimates(goal).items():
                flat |= flat_estimates(f"{goal}_{name}", {"ndcg_10": estimate})
            for name, found in self.beyond[goal].items():
                flat |= {f"{goal}_{name}_{what}": v for what, v in found.figures().items()}
        return flat


def report(
    interactions: Interactions,
    state: RecommenderState,
    rankers: Mapping[str, Ranker],
    as_of: int,
    until: int,
    seed: int,
    baselines: tuple[str, ...] = BASELINES,
    *,
    progress: bool = False,
) -> RecommenderReport:
    """Measure the blend and the baselines on the purchases of [as_of, until).

    Parameters
    ----------
    state
        Fitted strictly before ``as_of``.
    rankers
        Trained on label windows that end by ``as_of``.
    """
    relevant = relevance(interactions, state, as_of, until)
    known = baseline_slates(interactions, state, as_of)
    scorers = {BLEND: decided_slates(state, rankers), **{name: known[name] for name in baselines}}
    orders = _orders(interactions, as_of)
    shown = {
        goal: {
            name: slates_of(slates, relevant, goal, progress=progress)
            for name, slates in scorers.items()
        }
        for goal in GOALS
    }
    return RecommenderReport(
        values={
            goal: {name: ndcg_of(slates, relevant, goal) for name, slates in of_goal.items()}
            for goal, of_goal in shown.items()
        },
        orders={goal: orders[relevant.customers(goal)] for goal in GOALS},
        beyond={
            goal: _beyond(of_goal, state, interactions.trains) for goal, of_goal in shown.items()
        },
        relevant=relevant,
        seed=seed,
    )


def _beyond(
    shown: Mapping[str, I64], state: RecommenderState, trains: NDArray[np.bool_]
) -> dict[str, Beyond]:
    found = {name: beyond_of(slates, state, trains) for name, slates in shown.items()}
    return {name: one for name, one in found.items() if one is not None}


def _orders(interactions: Interactions, as_of: int) -> Floats:
    past = interactions.before(as_of)
    first = np.unique(interactions.order[past], return_index=True)[1]
    customer = interactions.customer[past][first]
    return np.bincount(customer, minlength=len(interactions.customers)).astype(np.float64)


def log_recommender_plots(measured: RecommenderReport) -> None:
    """Draw each goal: scorers side by side, and by customer activity."""
    for goal in GOALS:
        if measured.orders[goal].size == 0:
            continue
        estimates = measured.estimates(goal)
        tracking.log_figure(
            plots.comparison_plot(estimates, f"Recommendations, goal {goal}"), f"ndcg_{goal}"
        )
        picture = plots.activity_plot(
            measured.values[goal], measured.orders[goal], f"By customer activity, goal {goal}"
        )
        tracking.log_figure(picture, f"ndcg_{goal}_by_activity")
        bias = {name: found.bias for name, found in measured.beyond[goal].items()}
        if bias:
            picture = plots.popularity_plot(bias, f"Who is shown, goal {goal}")
            tracking.log_figure(picture, f"popularity_{goal}")


def log_model_plots(models: Mapping[str, FittedModel]) -> None:
    """Draw calibration, lift and precision-recall of each customer model."""
    drawings = {
        "calibration": plots.calibration_plot,
        "lift": plots.lift_plot,
        "precision_recall": plots.precision_recall_plot,
    }
    for name, fitted in models.items():
        for kind, draw in drawings.items():
            tracking.log_figure(draw(fitted.y, fitted.p, f"{name}: {kind}"), f"{name}_{kind}")
