"""Labels made of answers: who, asked how it was, says that it was bad."""

from dataclasses import dataclass
from typing import Final

import duckdb
import pandas as pd

from bundle.scores import CSAT_DISSATISFIED, NPS_DETRACTOR
from training.models.labels.rows import LabelledRows, lay_moments


@dataclass(frozen=True)
class Question:
    """A question of feedback, and which answers say that it was bad.

    Parameters
    ----------
    model
        The name of the model.
    metric
        Of `feedback.metric`.
    bad_to
        The highest answer that is bad.
    """

    model: str
    metric: str
    bad_to: int


DETRACTOR: Final = Question(NPS_DETRACTOR, "nps", 6)
"""Reichheld (2003): 0 to 6 of 10."""
DISSATISFIED: Final = Question(CSAT_DISSATISFIED, "csat", 2)
"""1 and 2 of 5."""
QUESTIONS: Final = (DETRACTOR, DISSATISFIED)
MIN_ANSWERS: Final = 60
"""Fewer bad answers than this, or others, cannot train, calibrate and test a classifier."""


def lacking_answers(con: duckdb.DuckDBPyConnection, question: Question, until: int) -> str:
    """Return why the answers before a moment cannot carry a model; empty where they may.

    Asked before any row is laid out: a shop that asks nobody pays for no snapshot.
    """
    found = con.execute(
        "select count(*), count(*) filter (where score <= $bad) from feedback"
        " where metric = $metric and answered_at < $until",
        {"bad": question.bad_to, "metric": question.metric, "until": until},
    ).fetchall()
    every, bad = found[0]
    if min(bad, every - bad) >= MIN_ANSWERS:
        return ""
    return (
        f"too few {question.metric} answers: {every}, of which {bad} of {question.bad_to} or less; "
        f"{MIN_ANSWERS} of those and {MIN_ANSWERS} others are needed"
    )


def label_answers(
    con: duckdb.DuckDBPyConnection,
    view: pd.DataFrame,
    question: Question,
    horizon: int,
    gap: int = 0,
) -> LabelledRows:
    """Label a view's customers who answer a question in the outcome window: 1 for a bad answer.

    Who does not answer gives no row, so a model of these labels speaks of those who answer; see
    docs/customer-models.md. Of several answers the first counts, the nearest to what was known.

    Parameters
    ----------
    horizon, gap
        Seconds: the window is [as_of + gap, as_of + gap + horizon).
    """
    lay_moments(con, view)
    answers = con.execute(
        """
        select coalesce(p.person_id, f.customer_id) as customer_id, a.as_of,
               case when min_by(f.score, (f.answered_at, f.feedback_id)) <= $bad then 1.0 else 0.0
               end as label
        from feedback f join cutoffs a
          on f.answered_at >= a.as_of + $gap and f.answered_at < a.as_of + $gap + $horizon
        left join persons p on p.customer_id = f.customer_id and p.as_of = a.as_of
        where f.metric = $metric
        group by all
        """,
        {"gap": gap, "horizon": horizon, "bad": question.bad_to, "metric": question.metric},
    ).df()
    return LabelledRows(view.merge(answers, on=["customer_id", "as_of"]))
