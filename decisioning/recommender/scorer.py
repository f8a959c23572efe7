"""The contract of a recommender: what every file in ``models`` fulfils.

A fitted model is a frozen dataclass of arrays, CSR matrices and numbers, so that
``bundle.arrays`` saves and loads it without pickle. ``training.recommender.models`` fits it; the
same suite of tests is inherited by all of them.
"""

from dataclasses import dataclass
from functools import cache
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.histories import Histories
from decisioning.recommender.spoken import Spoken

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]


class Scorer(Protocol):
    """A fitted recommender."""

    @property
    def n_items(self) -> int:
        """Number of items it can score."""
        ...

    def score(self, histories: Histories) -> F32:
        """Score every item for every subject.

        A subject's scores depend on its own history alone: alone or in a block, the same bits.

        Returns
        -------
        float32 (m, n_items), finite: the higher, the better; 0 where nothing speaks for an item.
        """
        ...

    def explain(self, histories: Histories, items: I64) -> "Because":
        """Tell which part of each subject's own history speaks most for one item each.

        Parameters
        ----------
        items
            int64 (m,): one item a subject.
        """
        ...


@runtime_checkable
class PairScorer(Protocol):
    """A recommender that scores a few pairs for less than all items."""

    def score_pairs(self, histories: Histories, row: I64, item: I64) -> F32:
        """Score some pairs: what `Scorer.score` says of them, but for the last bits.

        A pair's score depends on its subject's history alone: among other pairs, the same bits.

        Parameters
        ----------
        row, item
            int64 (pairs,): subject, a position in ``histories``, and item.

        Returns
        -------
        float32 (pairs,).
        """
        ...


@runtime_checkable
class Speaker(Protocol):
    """A recommender that tells what it says of few items for less than the scores of all."""

    def spoken(self, histories: Histories, row: int) -> Spoken:
        """Return what `Scorer.score` says of one subject, to the last bit."""
        ...


@runtime_checkable
class PairExplainer(Protocol):
    """A recommender that explains several items a subject for less than one at a time."""

    def explain_pairs(self, histories: Histories, row: I64, item: I64) -> "Because":
        """Tell of some pairs what `Scorer.explain` says of one item a subject.

        Parameters
        ----------
        row, item
            int64 (pairs,): subject, a position in ``histories``, and item.
        """
        ...


@cache
def scores_pairs(kind: type) -> bool:
    """Tell whether models of a type are of `PairScorer`; asking each one takes microseconds."""
    return issubclass(kind, PairScorer)


@cache
def speaks(kind: type) -> bool:
    """Tell whether models of a type are of `Speaker`."""
    return issubclass(kind, Speaker)


@cache
def explains_pairs(kind: type) -> bool:
    """Tell whether models of a type are of `PairExplainer`."""
    return issubclass(kind, PairExplainer)


@dataclass(frozen=True)
class Because:
    """The strongest reason within the history, one element per subject.

    Parameters
    ----------
    item
        int64 (m,): the item of the history that adds most to the score; -1 where none does.
    share
        float32 (m,): its part of the score, a share of the sum of what speaks for it; 0 where
        none does.
    """

    item: I64
    share: F32
