"""What is known of sessions, as of a moment: arrays only."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.models.session_knn import SessionKnn
from decisioning.recommender.models.transitions import Transitions

F32 = NDArray[np.float32]


@dataclass(frozen=True)
class SessionItems:
    """One element per item.

    Parameters
    ----------
    popularity, recent
        float32: log(1 + clicks), of all sessions and of the last twentieth.
    returns
        float32: share of the sessions with the item that come back to it, smoothed.
    vectors
        float32 (n_items, dimensions): rows of length 1 (0 where never clicked); items of the
        same sessions point the same way.
    """

    popularity: F32
    recent: F32
    returns: F32
    vectors: F32


@dataclass(frozen=True)
class SessionModel:
    """Everything that scores a session.

    Parameters
    ----------
    following
        What comes later in a session, decayed by distance.
    next_click
        What comes immediately next.
    preceding
        ``following`` turned round: what comes earlier.
    neighbours
        Similar past sessions.
    items
        Statistics.
    """

    following: Transitions
    next_click: Transitions
    preceding: Transitions
    neighbours: SessionKnn
    items: SessionItems

    @property
    def n_items(self) -> int:
        """Number of items it can score."""
        return self.following.n_items
