"""The recommender of a run: state, rankers, chances, and what the same recipe did before."""

from collections.abc import Mapping
from dataclasses import dataclass

from bundle.models import TreeModel
from decisioning.policy import DAY
from decisioning.recommender.state import RecommenderState
from training.config import TrainingConfig
from training.models.metrics import flat_estimates
from training.recommender.fit import fit_state
from training.recommender.interactions import Interactions
from training.recommender.probability import Chances, fit_chances
from training.recommender.ranker import fit_ranker, labelled_rows
from training.report import RecommenderReport, report


@dataclass(frozen=True)
class FittedRecommender:
    """State and rankers as of a moment, and what the same recipe did one window earlier."""

    state: RecommenderState
    rankers: Mapping[str, TreeModel]
    chances: Chances
    report: RecommenderReport

    def metrics(self) -> dict[str, float]:
        """Name every figure for MLflow."""
        flat = self.report.metrics()
        for goal, estimates in self.chances.metrics.items():
            flat |= flat_estimates(f"{goal}_chance", estimates)
        return flat


def fit_recommender(
    interactions: Interactions,
    as_of: int,
    config: TrainingConfig,
    fitted: Mapping[int, RecommenderState] | None = None,
) -> FittedRecommender:
    """Fit state and rankers as of a moment, and measure the same recipe one window earlier.

    The figures are those of a state and rankers fitted a label window before ``as_of``, on the
    purchases of that last window: later than anything they saw.

    Parameters
    ----------
    fitted
        States that stand already, by moment.
    """
    window = config.ranker.label_days * DAY
    cuts = [as_of - window * k for k in range(config.ranker.cuts + 1, -1, -1)]
    states = dict(fitted or {})
    for moment in cuts:
        if moment not in states:
            states[moment] = fit_state(interactions, moment, config.family)
    held_out = as_of - window
    earlier = fit_rankers(interactions, {m: states[m] for m in cuts[:-2]}, config)
    measured = report(interactions, states[held_out], earlier, held_out, as_of, config.seed)
    chances = fit_chances(interactions, states[held_out], earlier, (held_out, as_of), config.seed)
    rankers = fit_rankers(interactions, {m: states[m] for m in cuts[1:-1]}, config)
    return FittedRecommender(states[as_of], rankers, chances, measured)


def fit_rankers(
    interactions: Interactions, states: Mapping[int, RecommenderState], config: TrainingConfig
) -> dict[str, TreeModel]:
    """Fit the rankers on the label windows that follow the given cuts, by goal.

    ``replenish`` is served by the ranker of ``any`` on the items bought before: its own measured
    no better (docs/evaluation.md) and would cost a third of the time.
    """
    rows = labelled_rows(interactions, list(states.items()), config.ranker)
    rankers = {goal: fit_ranker(rows, goal, config.ranker) for goal in ("any", "discover")}
    return {**rankers, "replenish": rankers["any"]}
