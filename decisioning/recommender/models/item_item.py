"""Item to item: a subject's score of an item is the sum of what its history says for it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.evidence import Evidence, evidence, strongest
from decisioning.recommender.scorer import Because

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class ItemItem:
    """What BM25 item-kNN, RP3beta, EASE and content neighbours have in common.

    Parameters
    ----------
    similarity
        CSR float32 (n_items, n_items): row j holds what an item j of the history says for each
        item.
    half_life
        Days after which an interaction counts half, in fitting and scoring; infinite: never.
    """

    similarity: sparse.csr_matrix
    half_life: float

    @property
    def n_items(self) -> int:
        """Number of items."""
        return int(self.similarity.shape[0])

    def weights(self, histories: Histories) -> Evidence:
        """Return what each item of a history weighs."""
        return evidence(histories, self.half_life)

    def score(self, histories: Histories) -> F32:
        """Score every item: weights times similarity, float32 (m, n_items).

        Subject by subject, added up in float64: for one subject, SciPy's products of sparse
        matrices take five times as long.
        """
        weights = self.weights(histories)
        scores = np.empty((histories.n_subjects, self.n_items), dtype=np.float32)
        for row in range(histories.n_subjects):
            told = self._told(histories, weights, row)
            term = np.repeat(told.weight, told.length) * self.similarity.data[told.place]
            scores[row] = np.bincount(told.of, term, self.n_items)
        return scores

    def explain(self, histories: Histories, items: I64) -> Because:
        """Name the item of each history whose term in the score of ``items`` is the largest."""
        return self.explain_pairs(histories, np.arange(items.size), items)

    def explain_pairs(self, histories: Histories, row: I64, item: I64) -> Because:
        """Name the same for some pairs of subject ``row`` and ``item``, int64 (pairs,)."""
        weights = self.weights(histories)
        subjects = np.unique(row).tolist()
        found = [
            self._terms(self._told(histories, weights, k), np.flatnonzero(row == k), item)
            for k in subjects
        ]
        nothing = np.empty(0, dtype=np.int64)
        pair, mine, term = zip((nothing, nothing, nothing.astype(np.float32)), *found, strict=True)
        return strongest(np.concatenate(pair), np.concatenate(mine), np.concatenate(term), row.size)

    def _terms(self, told: "_Told", pairs: I64, item: I64) -> tuple[I64, I64, F32]:
        """Return what a subject's history says for the items of some pairs: pair, item, term."""
        asked = np.zeros(self.n_items, dtype=np.bool_)
        asked[item[pairs]] = True
        found = np.flatnonzero(asked[told.of])
        owner = np.searchsorted(np.cumsum(told.length), found, side="right")
        term = told.weight[owner] * self.similarity.data[told.place[found]]
        pair, hit = np.nonzero(told.of[found] == item[pairs][:, None])
        return pairs[pair], told.item[owner[hit]], term[hit]

    def _told(self, histories: Histories, weights: Evidence, row: int) -> "_Told":
        """Look up whom a subject's history speaks for; one subject's is kept for the reasons."""
        key = ("told", id(self))
        if key in histories.worked_out:
            kept: _Told = histories.worked_out[key]
            return kept
        item, weight = weights.of(row)
        place, length = _elements(self.similarity.indptr, item)
        told = _Told(item, weight, length, place, self.similarity.indices[place])
        if histories.n_subjects == 1:
            histories.worked_out[key] = told
        return told


@dataclass(frozen=True)
class _Told:
    """One subject's history, and the elements of the similarity that it looks up.

    ``item`` int64, ``weight`` float32 and ``length`` int64 (history,): how many elements each
    looks up; ``place`` int64 and ``of`` int32 (elements,): where they stand, for which item.
    """

    item: I64
    weight: F32
    length: I64
    place: I64
    of: NDArray[np.int32]


def _elements(pointer: NDArray[np.integer], row: I64) -> tuple[I64, I64]:
    """Return where the elements of some rows of a CSR matrix stand, and how many each has."""
    start = pointer[row].astype(np.int64)
    length = pointer[row + 1] - start
    end = np.cumsum(length)
    place = np.arange(length.sum())
    place += np.repeat(start + length - end, length)
    return place, length


def said(similarity: sparse.csr_matrix, item: I64, of: I64) -> F32:
    """Return what each item says of another one, float32 (pairs,)."""
    if item.size == 0:  # SciPy has no answer of length 0
        return np.empty(0, dtype=np.float32)
    return np.asarray(similarity[item, of], dtype=np.float32).ravel()
