"""What comments say, from the scores that ``comment_scores`` holds."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from training.experience.breakdown import stream
from training.experience.intervals import Figure, by_customer, figure
from training.experience.periods import month_labels

# Mentions on social networks are of accounts, not of customers: they stay out.
_SCORED = """
select w.customer_id, c.written_at as at, c.sentiment, c.topic
from comment_scores c
join (
    select 'feedback' as table_name, feedback_id as row_id, customer_id from feedback
    union all select 'service_contacts', contact_id, customer_id from service_contacts
) w using (table_name, row_id)
semi join measured m on m.customer_id = w.customer_id
where c.written_at < $as_of and c.sentiment is not null
order by c.written_at, c.table_name, c.row_id
"""
NONE_SCORED = "none is scored: too few scored answers with a comment, or the scoring has not run"


@dataclass(frozen=True)
class Words:
    """Mean sentiment, 0 bad to 1 good, of comments by customers who allow ``analytics``.

    Parameters
    ----------
    reason
        Why there is nothing; empty when there is.
    overall
        Over all comments.
    months, topics
        Name -> figure; topics with the most comments first.
    """

    reason: str
    overall: Figure | None
    months: dict[str, Figure]
    topics: dict[str, Figure]


def read_words(con: DuckDBPyConnection, as_of: int, seed: int) -> Words:
    """Sum up the scores of comments written strictly before ``as_of``."""
    scored = con.execute(_SCORED, {"as_of": as_of}).df()
    if not len(scored):
        return Words(NONE_SCORED, None, {}, {})
    scored["month"] = month_labels(scored["at"].to_numpy(np.int64))
    topics = _by(scored.dropna(subset=["topic"]), "topic", seed)
    return Words(
        "",
        _mean(scored, seed, "all"),
        _by(scored, "month", seed),
        dict(sorted(topics.items(), key=lambda each: (-each[1].n, each[0]))),
    )


def _by(scored: pd.DataFrame, column: str, seed: int) -> dict[str, Figure]:
    return {str(v): _mean(part, seed, str(v)) for v, part in scored.groupby(column, sort=True)}


def _mean(part: pd.DataFrame, seed: int, name: str) -> Figure:
    codes = np.asarray(pd.factorize(part["customer_id"], sort=True)[0], dtype=np.int64)
    clusters = by_customer(codes, part["sentiment"].to_numpy(np.float64))
    return figure(clusters, stream(seed, "sentiment", name))
