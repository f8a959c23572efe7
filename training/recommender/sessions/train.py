"""Train what serves sessions, as of a moment."""

from dataclasses import dataclass, field

import duckdb

from bundle.models import TreeModel
from decisioning.recommender.sessions.model import SessionModel
from training.recommender.interactions import Interactions
from training.recommender.sessions.fit import SessionConfig, fit_sessions
from training.recommender.sessions.load import SessionSource, load_sessions
from training.recommender.sessions.ranker import SessionRankerConfig, fit_session_ranker


@dataclass(frozen=True)
class SessionTraining:
    """How sessions are learned from."""

    source: SessionSource = field(default_factory=SessionSource)
    models: SessionConfig = field(default_factory=SessionConfig)
    ranker: SessionRankerConfig = field(default_factory=SessionRankerConfig)


@dataclass(frozen=True)
class TrainedSessions:
    """What serves sessions.

    Parameters
    ----------
    ranker
        None where the sessions tell too little, or orders had to stand for them, which have no
        next click to learn from: `decisioning.recommender.sessions.slates.blend` ranks instead.
    sessions
        How many were learned from.
    """

    model: SessionModel
    ranker: TreeModel | None
    sessions: int


def train_sessions(
    con: duckdb.DuckDBPyConnection,
    interactions: Interactions,
    as_of: int,
    training: SessionTraining,
) -> TrainedSessions:
    """Fit models and ranker on what was known strictly before a moment."""
    loaded = load_sessions(con, interactions, as_of, training.source)
    found = loaded.histories
    if not loaded.ordered:
        model = fit_sessions(found, training.models.unordered())
        return TrainedSessions(model, None, found.n_subjects)
    ranker = fit_session_ranker(found, training.models, training.ranker)
    return TrainedSessions(fit_sessions(found, training.models), ranker, found.n_subjects)
