"""A table of scorers by the main job's protocol: every model alone, and the ranker over them.

The protocol is that of docs/evaluation.md. Purchases before the cut train, those of the test
window are asked for; products with at least 5 lines before the cut; customers known before it.
Relevant are the distinct products bought in the window; for ``discover`` those never bought
before. NDCG@10, binary gains, the ideal truncated at 10, mean over customers with something
relevant; 95 % intervals by bootstrap over customers, gains paired by customer. A single model is
given what the ranker's candidates are given: items that the goal rules out are left out.
"""

from collections.abc import Iterator

import duckdb

from decisioning.policy import DAY
from training.config import TrainingConfig
from training.evaluate import PLAIN_BASELINES, evaluate_recommender
from training.models.metrics import Estimate
from training.recommender.family import FITS
from training.report import BLEND, RecommenderReport

GOALS = ("any", "discover", "replenish")
LABELS = {BLEND: "ranker"}
ALL_MODELS = tuple(FITS)
FROM_PLAIN = "personal_frequency"


def measure(
    con: duckdb.DuckDBPyConnection, config: TrainingConfig, cut: int, days: int
) -> RecommenderReport:
    """Measure every scorer on the days from the cut.

    Parameters
    ----------
    config
        The models named in it are fitted, measured alone, and given to the ranker.
    """
    return evaluate_recommender(con, config, cut, cut + days * DAY, progress=True)


def table(report: RecommenderReport) -> Iterator[str]:
    """Render the figures as a table of Markdown, and the ranker's gain over the best alone."""
    figures = {goal: report.estimates(goal) for goal in GOALS}
    yield "| scorer | " + " | ".join(GOALS) + " |"
    yield "|---" * (len(GOALS) + 1) + "|"
    for name in [*(n for n in figures["any"] if n != BLEND), BLEND]:
        cells = " | ".join(_cell(figures[goal][name]) for goal in GOALS)
        yield f"| {LABELS.get(name, name)} | {cells} |"
    yield "| customers | " + " | ".join(str(figures[g][BLEND].n) for g in GOALS) + " |"
    yield ""
    for goal in GOALS:
        yield _gain(report, goal)


def best_alone(report: RecommenderReport, goal: str) -> str:
    """Return the scorer, other than the ranker, with the highest mean."""
    alone = {n: e.value for n, e in report.estimates(goal).items() if n != BLEND}
    return max(alone, key=alone.__getitem__)


def _gain(report: RecommenderReport, goal: str) -> str:
    best = best_alone(report, goal)
    gain, base = report.gain(goal, best), report.estimates(goal)[best].value
    relative = f"{gain.value / base:+.1%} [{gain.low / base:+.1%}, {gain.high / base:+.1%}]"
    return f"{goal}: best alone {best}; the ranker over it {relative}"


def _cell(estimate: Estimate) -> str:
    return f"{estimate.value:.4f} [{estimate.low:.4f}, {estimate.high:.4f}]"


__all__ = ["ALL_MODELS", "PLAIN_BASELINES", "best_alone", "measure", "table"]
