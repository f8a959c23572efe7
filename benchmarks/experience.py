"""What measuring experience gets right, where the truth is known: on the simulated answers.

Draws the simulated surveys again from the ingested purchases (same seed, same rows). There every
request has a score, answered or not. Compared over the requests of customers who allow analytics:
the figure as answered, the figure weighted for non-response, and the truth; and, for customers
inferred because they were silent, what is inferred and what they would have said.

    python -m benchmarks.experience          # needs `nextbest ingest complete_journey`
"""

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from features.settings import read_settings
from features.sources.simulated.source import DEFAULT_SEED
from features.sources.simulated.tables import SURVEYS, draw_tables
from features.tables import data_end, open_tables
from nextbest.terminal import say
from training.experience.breakdown import INFERRED
from training.experience.measures import MEASURES, Measure, nps_contribution
from training.experience.periods import DAY, WINDOW_DAYS
from training.experience.report import Experience, measure_experience


def main() -> None:
    """Print the comparison."""
    settings = read_settings()
    con = open_tables(settings.tables, verify=False)
    truth = _truth(con)
    measured = measure_experience(con, data_end(settings.tables) + 1, settings.home)
    say(
        f"{'measure':12}{'asked':>8}{'answered':>10}{'as answered':>13}{'weighted':>10}{'truth':>9}"
    )
    for measure in MEASURES:
        say(_compared(measure, measured, truth))
    say()
    say(_silent(measured, truth))


def _truth(con: DuckDBPyConnection) -> "pd.Series[float]":
    drawn = draw_tables(con, DEFAULT_SEED)[SURVEYS]
    return drawn.set_index("request_id")["score"].astype(float)


def _compared(measure: Measure, measured: Experience, truth: "pd.Series[float]") -> str:
    """Compare over the requests that the weights were learned from and are old enough to count."""
    survey, weights = measured.survey, measured.response.weights
    asked = survey.asked[survey.asked["metric"] == measure.metric]
    starts = asked.loc[asked["request_id"].isin(weights.index), "at"].min()
    asked = asked[asked["at"] >= starts]
    worth = measure.contribution(np.asarray(asked["request_id"].map(truth), dtype=float))
    told = asked["answered"].to_numpy() & asked["request_id"].isin(weights.index).to_numpy()
    weight = np.asarray(asked["request_id"].map(weights), dtype=float)[told]
    raw, weighted = worth[told].mean(), np.average(worth[told], weights=weight)
    return (
        f"{measure.name:12}{len(asked):>8,}{told.sum():>10,}"
        f"{raw:>13.3f}{weighted:>10.3f}{worth.mean():>9.3f}"
    )


def _silent(measured: Experience, truth: "pd.Series[float]") -> str:
    """Compare customers asked for NPS in the last 90 days who stayed silent."""
    people = measured.people.frame
    people = people[people["source"] == INFERRED].set_index("customer_id")
    asked = measured.survey.asked
    late = asked["at"] >= measured.as_of - WINDOW_DAYS * DAY
    silent = asked[(asked["metric"] == "nps") & ~asked["answered"] & late]
    silent = silent[silent["customer_id"].isin(people.index)].drop_duplicates("customer_id")
    said = nps_contribution(np.asarray(silent["request_id"].map(truth), dtype=float))
    nps = 100 * (people["promoter"] - people["detractor"])
    inferred = np.asarray(silent["customer_id"].map(nps), dtype=float)
    rank = pd.Series(said).corr(pd.Series(inferred), "spearman")
    return (
        f"{len(silent):,} silent customers: NPS inferred {inferred.mean():+.1f}, truth "
        f"{said.mean():+.1f}, rank correlation {rank:.2f}"
    )


if __name__ == "__main__":
    main()
