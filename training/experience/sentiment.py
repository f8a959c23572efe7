"""Sentiment learned from the retailer's own scored comments, in whatever language they are."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit

from bundle.arrays import load_arrays
from features.errors import BundleError, SourceError
from features.storage import write_atomically
from training.experience.comments import Reading
from training.experience.ngrams import U64
from training.experience.vocabulary import CHARACTERS, WORDS, Floats, Vocabulary, tfidf


@dataclass(frozen=True)
class Field:
    """A part of a comment, and the kind of n-grams it is taken apart into.

    Parameters
    ----------
    part
        Attribute of :class:`Reading`.
    kind
        ``words`` or ``characters``.
    scale
        Length of the field's row in the joined matrix.
    at_least
        Comments an n-gram must occur in to count.
    """

    part: str
    kind: str
    scale: float
    at_least: int


FIELDS = (
    Field("text", WORDS, 1.0, 2),
    Field("text", CHARACTERS, 0.5, 3),
    Field("opening", WORDS, 0.7, 2),
    Field("closing", WORDS, 0.7, 2),
)
"""Words carry most; characters carry misspellings, inflection and scripts without spaces; the
first and the last sentence carry the verdict."""


@dataclass(frozen=True)
class SentimentModel:
    """A fitted model, as arrays.

    Parameters
    ----------
    size
        int64 (fields,): n-grams of each of `FIELDS`; the next three are laid end to end.
    key
        uint64 (features,): hashes, ascending within a field.
    idf
        float64 (features,): inverse document frequency.
    weight
        float64 (features,): of the joined matrix; above 0 speaks for a good comment.
    intercept
        Of the linear score.
    calibration
        float64 (3,): see :func:`calibrate`.
    """

    size: NDArray[np.int64]
    key: U64
    idf: Floats
    weight: Floats
    intercept: float
    calibration: Floats

    @property
    def vocabularies(self) -> tuple[Vocabulary, ...]:
        """The n-grams of each field."""
        cuts = np.cumsum(self.size)[:-1]
        parts = zip(np.split(self.key, cuts), np.split(self.idf, cuts), strict=True)
        return tuple(
            Vocabulary(field.kind, key, idf)
            for field, (key, idf) in zip(FIELDS, parts, strict=True)
        )


def features(readings: Sequence[Reading], vocabularies: Sequence[Vocabulary]) -> sparse.csr_matrix:
    """Return the joined matrix of the fields: CSR (comments, features)."""
    blocks = [
        tfidf([getattr(reading, field.part) for reading in readings], vocabulary) * field.scale
        for field, vocabulary in zip(FIELDS, vocabularies, strict=True)
    ]
    return sparse.hstack(blocks, format="csr")


def score(model: SentimentModel, readings: Sequence[Reading]) -> Floats:
    """Return P(good) of each comment, by NumPy and SciPy alone.

    Returns
    -------
    float64 (comments,): 0 bad .. 1 good. NaN where the comment holds no n-gram the model knows:
    it is empty, or in signs or a script never met. That is no opinion, so not 0.5.
    """
    matrix = features(readings, model.vocabularies)
    probability = calibrate(matrix @ model.weight + model.intercept, model.calibration)
    return np.where(np.diff(matrix.indptr) > 0, probability, np.nan)


def calibrate(linear: Floats, calibration: Floats) -> Floats:
    """Return the probability that a linear score stands for.

    Beta calibration (Kull, Silva Filho and Flach 2017): with ``p = sigmoid(linear)``,
    ``sigmoid(a ln p - b ln(1 - p) + c)``. Unlike Platt's sigmoid it may be steeper among the
    good than among the bad; ``a, b >= 0`` keep the order.
    """
    return np.asarray(expit(bent(linear) @ calibration))


def bent(linear: Floats) -> Floats:
    """Return ``ln p``, ``-ln(1 - p)`` and 1 of each linear score: float64 (comments, 3)."""
    low, high = -np.logaddexp(0, -linear), np.logaddexp(0, linear)
    return np.stack([low, high, np.ones_like(linear)], axis=1)


def save_sentiment(path: Path, model: SentimentModel) -> None:
    """Save a model as arrays (NPZ), whole or not at all."""
    write_atomically(path, lambda place: _save(place, model))


def _save(place: Path, model: SentimentModel) -> None:
    with place.open("wb") as stream:
        np.savez(stream, **{field.name: getattr(model, field.name) for field in fields(model)})


def load_sentiment(path: Path) -> SentimentModel:
    """Load what `save_sentiment` saved; nothing is ever unpickled.

    Raises
    ------
    SourceError
        If the file is missing or damaged.
    """
    try:
        return load_arrays(path, SentimentModel)
    except BundleError as error:
        raise SourceError(
            f"{path} holds no sentiment model ({error.message}).", "nextbest experience"
        ) from error
