"""Fit TIFU-KNN: the vectors of the subjects known."""

from dataclasses import dataclass

import numpy as np

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.tifu import Tifu, squared_length, vectors


@dataclass(frozen=True)
class TifuConfig:
    """The paper's settings for Ta-Feng are the defaults.

    Parameters
    ----------
    group_size, within_decay, group_decay, neighbours, own
        As in `Tifu`.
    most_known
        Subjects kept as possible neighbours; of more, a sample is drawn by the seed.
    """

    group_size: int = 7
    within_decay: float = 0.9
    group_decay: float = 0.7
    neighbours: int = 300
    own: float = 0.7
    most_known: int = 20_000
    seed: int = 7


def fit_tifu(histories: Histories, config: TifuConfig = TifuConfig()) -> Tifu:
    """Fit on the subjects who have a history."""
    subjects = sample(histories, config.most_known, config.seed)
    known = vectors(subjects, config.group_size, config.within_decay, config.group_decay)
    return Tifu(
        known,
        known.T.tocsr(),
        squared_length(known),
        config.group_size,
        config.within_decay,
        config.group_decay,
        config.neighbours,
        config.own,
    )


def sample(histories: Histories, most: int, seed: int) -> Histories:
    """Return at most so many of the subjects who have a history, in their order."""
    subjects = np.flatnonzero(np.diff(histories.pointer) > 0)
    if subjects.size > most:
        subjects = np.sort(np.random.default_rng(seed).choice(subjects, most, replace=False))
    return histories.of(subjects)
