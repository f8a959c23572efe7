"""Comments scored forward in time: each by a model that learned from older answers only.

Time is cut into periods of `PERIOD` seconds. What is written in a period is scored by the model
of its start, so nothing that comes in later changes a score that was given.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from duckdb import DuckDBPyConnection

from features.derived import COMMENT_SCORE_COLUMNS
from training.experience.comments import MAX_CHARACTERS, read, readable
from training.experience.evidence import KEYS, load_comments, may_be_learned_from
from training.experience.learning import Learned, learn_sentiment
from training.experience.sentiment import score
from training.experience.topics import LearnedTopics, assign_topics, learn_topics

PERIOD = 30 * 86_400
"""About a month, in whole seconds since the epoch: no calendar to disagree on."""
GROWTH = 1.5
"""Learn again when there are this many times the scored comments: the cost of all fits together
is then at most three times that of the last."""
MAX_AGE = 12
"""Periods after which a model is learned again even so, if anything came in: words change."""
MAX_LEARNED = 20_000
"""Comments one model learns from, the newest: more move the third decimal (and take minutes)."""
MAX_LEARNED_CHARACTERS = 10_000_000
DECIMALS = 6

Progress = Callable[[int, int], object]


@dataclass(frozen=True)
class Reader:
    """What could be read at a moment.

    Parameters
    ----------
    as_of
        Epoch seconds, UTC: it learned from nothing at or after it.
    scored
        Scored comments there were then, whoever wrote them.
    sentiment, topics
        What came of learning.
    """

    as_of: int
    scored: int
    sentiment: Learned
    topics: LearnedTopics


@dataclass(frozen=True)
class ScoredComments:
    """Scores of comments.

    Parameters
    ----------
    table
        Columns of `COMMENT_SCORE_COLUMNS`, in the order of writing. A comment that nothing could
        be read in, or that came before there was a model, has no row; ``topic`` may be null.
    reader
        The one that reads what is written next; None when there is no comment at all.
    fits
        How often a model was learned.
    """

    table: pa.Table
    reader: Reader | None
    fits: int


def score_comments(
    con: DuckDBPyConnection,
    *,
    honour_consents: bool = True,
    seed: int = 0,
    progress: Progress | None = None,
) -> ScoredComments:
    """Score the comments of feedback, service contacts and social mentions.

    Parameters
    ----------
    con
        Connection with the canonical tables; temporary tables of identity are laid on it.
    honour_consents
        Learn only from those who had allowed ``analytics`` when the model was learned.
    seed
        Of the parts that calibrate and of the topics.
    progress
        Called with the periods done and the periods in all.
    """
    comments = load_comments(con)
    scores: list[pd.DataFrame] = []
    fits, reader = 0, None
    periods = _periods(comments)
    for done, start in enumerate(periods, 1):
        scored = int((comments["good"].notna() & (comments["written_at"] < start)).sum())
        if reader is None or _is_due(reader, start, scored):
            kept = may_be_learned_from(con, comments, start, honour_consents=honour_consents)
            reader = _learn(comments[kept], start, scored, seed, reader)
            fits += reader.sentiment.model is not None
        if reader.sentiment.model is not None:
            now = comments["written_at"].between(start, start + PERIOD - 1)
            scores.extend(_read(reader, part) for part in _blocks(comments[now]))
        if progress:
            progress(done, len(periods))
    return ScoredComments(_as_table(scores), reader, fits)


def _periods(comments: pd.DataFrame) -> list[int]:
    """Return the starts of the periods with a comment, and of the one that follows the last."""
    starts = sorted({int(at) // PERIOD * PERIOD for at in comments["written_at"]})
    return [*starts, starts[-1] + PERIOD] if starts else []


def _is_due(reader: Reader, start: int, scored: int) -> bool:
    if scored == reader.scored:
        return False
    # Counting what is too little costs nothing; fitting does, whatever came of it.
    fitted = not np.isnan(reader.sentiment.auc)
    old = start - reader.as_of >= MAX_AGE * PERIOD
    return not fitted or old or scored >= GROWTH * reader.scored


def _learn(
    comments: pd.DataFrame, as_of: int, scored: int, seed: int, earlier: Reader | None
) -> Reader:
    told = _newest(comments[comments["good"].notna()])
    readings = [read(comment) for comment in told["comment"]]
    sentiment = learn_sentiment(readings, told["good"].to_numpy(np.bool_), seed=seed)
    if sentiment.model is None:
        # Without a score there is no row that could hold a topic.
        nothing = LearnedTopics(None, sentiment.reason, len(comments))
        return Reader(as_of, scored, sentiment, nothing)
    texts = [readable(comment) for comment in _newest(comments)["comment"]]
    known = earlier.topics.topics if earlier else None
    return Reader(as_of, scored, sentiment, learn_topics(texts, seed=seed, earlier=known))


def _newest(comments: pd.DataFrame) -> pd.DataFrame:
    newest = comments.tail(MAX_LEARNED)
    length = newest["comment"].str.len().clip(upper=MAX_CHARACTERS)
    return newest[length[::-1].cumsum()[::-1] <= MAX_LEARNED_CHARACTERS]


def _blocks(comments: pd.DataFrame, size: int = 10_000) -> Iterator[pd.DataFrame]:
    for first in range(0, len(comments), size):
        yield comments.iloc[first : first + size]


def _read(reader: Reader, comments: pd.DataFrame) -> pd.DataFrame:
    assert reader.sentiment.model is not None
    readings = [read(comment) for comment in comments["comment"]]
    scores = comments[[*KEYS, "written_at"]].copy()
    scores["sentiment"] = score(reader.sentiment.model, readings).round(DECIMALS)
    topics = reader.topics.topics
    texts = [reading.text for reading in readings]
    named = assign_topics(topics, texts) if topics else [None] * len(texts)
    scores["topic"] = pd.array(named, dtype="str")
    return scores.dropna(subset=["sentiment"])


def _as_table(scores: list[pd.DataFrame]) -> pa.Table:
    schema = pa.schema([(name, _ARROW[type_]) for name, type_ in COMMENT_SCORE_COLUMNS.items()])
    if not scores:
        return schema.empty_table()
    return pa.Table.from_pandas(pd.concat(scores), schema, preserve_index=False)


_ARROW = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "DOUBLE": pa.float64()}
