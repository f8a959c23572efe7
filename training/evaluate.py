"""Measure the method on the published protocol, from the real rows alone.

Protocol (docs/evaluation.md): purchases before the cut train, those from the cut on test;
products with at least 5 training lines; customers known in training; NDCG@10 with the ideal
truncated at 10, mean over customers with something relevant. Simulated tables take no part:
the consents among them would leave out customers whom every published figure counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import duckdb

from decisioning.catalogue import GOALS
from decisioning.policy import DAY
from features.settings import Settings
from features.tables import data_end, open_tables
from training.as_of import check_as_of
from training.config import TrainingConfig
from training.customer_models import FittedModel, fit_churn, fit_responses
from training.models.metrics import Estimate
from training.recommender.fit import fit_state
from training.recommender.interactions import load_interactions
from training.recommending import fit_rankers
from training.report import BLEND, NDCG, RecommenderReport, report

PLAIN_BASELINES: Final = ("popularity", "personal_frequency")
"""Measured beside every model of the family."""
PROTOCOL_CUT: Final = 1_512_086_400
"""2017-12-01, the cut of the published table."""


@dataclass(frozen=True)
class Evaluation:
    """What was measured."""

    recommendations: RecommenderReport
    models: Mapping[str, FittedModel]

    def as_json(self) -> dict[str, Any]:
        """Return the figures by name, as ``nextbest evaluate --json`` writes them."""
        recommendations: dict[str, Any] = {}
        baselines: dict[str, Any] = {}
        for goal in GOALS:
            estimates = self.recommendations.estimates(goal)
            recommendations[goal] = _named(NDCG, estimates.pop(BLEND))
            baselines[goal] = {name: _named(NDCG, e) for name, e in estimates.items()}
            recommendations[goal]["gain_over_personal_frequency"] = vars(
                self.recommendations.gain(goal, "personal_frequency")
            )
            recommendations[goal]["beyond"] = {
                name: found.figures()
                for name, found in self.recommendations.beyond[goal].items()
                if name in (BLEND, *PLAIN_BASELINES)
            }
        models = {name: _measures(fitted) for name, fitted in self.models.items()}
        churn = {"churn": models.pop("churn")} if "churn" in models else {}
        return {
            "recommendations": recommendations,
            "baselines": baselines,
            **churn,
            "responses": models,
        }


def evaluate(
    settings: Settings,
    config: TrainingConfig,
    cut: int = PROTOCOL_CUT,
    until: int | None = None,
    *,
    progress: bool = True,
) -> Evaluation:
    """Fit before the cut, measure after it.

    Parameters
    ----------
    cut, until
        The test window, epoch seconds UTC; it ends with the data when ``until`` is None. The
        customer models are tested on the last outcome windows that end by then.

    Raises
    ------
    SourceError
        If nothing was ingested, or the cut leaves too little on one of its sides.
    """
    con = open_tables(settings.tables)
    end = data_end(settings.tables) + 1
    until = end if until is None else min(until, end)
    check_as_of(settings, cut, until - DAY)
    return Evaluation(
        recommendations=evaluate_recommender(con, config, cut, until, progress=progress),
        models=_evaluate_models(con, until, config.seed),
    )


def evaluate_recommender(
    con: duckdb.DuckDBPyConnection,
    config: TrainingConfig,
    cut: int,
    until: int,
    *,
    progress: bool = False,
) -> RecommenderReport:
    """Measure the recommender on [cut, until)."""
    interactions = load_interactions(con, cut, honour_consents=False)
    window = config.ranker.label_days * DAY
    cuts = [cut - window * k for k in range(config.ranker.cuts, 0, -1)]
    states = {moment: fit_state(interactions, moment, config.family) for moment in cuts}
    rankers = fit_rankers(interactions, states, config)
    del states
    state = fit_state(interactions, cut, config.family)
    baselines = (*PLAIN_BASELINES, *config.family.names)
    return report(
        interactions, state, rankers, cut, until, config.seed, baselines, progress=progress
    )


def _evaluate_models(
    con: duckdb.DuckDBPyConnection, until: int, seed: int
) -> dict[str, FittedModel]:
    churn = fit_churn(con, until, honour_consents=False, seed=seed)
    responses = fit_responses(con, until, honour_consents=False, seed=seed)
    return responses if churn is None else {"churn": churn, **responses}


def _measures(fitted: FittedModel) -> dict[str, Any]:
    """Return value by measure, with intervals and the baseline beside it."""
    measures: dict[str, Any] = {name: e.value for name, e in fitted.metrics.items()}
    measures["intervals"] = {n: [e.low, e.high] for n, e in fitted.metrics.items()}
    measures["baseline"] = {name: e.value for name, e in fitted.baseline.items()}
    measures["n"] = int(fitted.y.size)
    measures["rate"] = float(fitted.y.mean())
    return measures


def _named(name: str, estimate: Estimate) -> dict[str, Any]:
    return {name: estimate.value, "low": estimate.low, "high": estimate.high, "n": estimate.n}
