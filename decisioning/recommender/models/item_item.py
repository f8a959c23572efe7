"""Item to item: a subject's score of an item is the sum of what its history says for it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.evidence import Evidence, evidence, most_telling
from decisioning.recommender.models.sparse_rows import SparseRows
from decisioning.recommender.scorer import Because
from decisioning.recommender.spoken import FEW, Spoken, SpokenOfAll

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

_LEAST: Final = np.finfo(np.float64).tiny


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
        """Score every item: weights times similarity, float32 (m, n_items), subject by subject."""
        scores = np.empty((histories.n_subjects, self.n_items), dtype=np.float32)
        for row in range(histories.n_subjects):
            told = self._told(histories, row)
            told.rows.add_up(told.weight, scores[row])
        return scores

    def spoken(self, histories: Histories, row: int) -> Spoken:
        """Return what `score` says of one subject."""
        told = self._told(histories, row)
        if told.rows.column.size * FEW <= self.n_items:
            return told.rows.summed(told.weight)
        score = np.empty(self.n_items, dtype=np.float32)
        told.rows.add_up(told.weight, score)
        return SpokenOfAll(score)

    def explain(self, histories: Histories, items: I64) -> Because:
        """Name the item of each history whose term in the score of ``items`` is the largest."""
        return self.explain_pairs(histories, np.arange(items.size), items)

    def explain_pairs(self, histories: Histories, row: I64, item: I64) -> Because:
        """Name the same for some pairs of subject ``row`` and ``item``, int64 (pairs,)."""
        if histories.n_subjects == 1:
            return Because(*self._told(histories, 0).strongest(item))
        named = np.full(item.size, -1, dtype=np.int64)
        share = np.zeros(item.size, dtype=np.float32)
        for subject in set(row.tolist()):
            pairs = np.flatnonzero(row == subject)
            named[pairs], share[pairs] = self._told(histories, subject).strongest(item[pairs])
        return Because(named, share)

    def _told(self, histories: Histories, row: int) -> "_Told":
        """Look up whom a subject's history speaks for; one subject's is kept for the reasons."""
        key = ("told", id(self))
        if key in histories.worked_out:
            kept: _Told = histories.worked_out[key]
            return kept
        item, weight = self.weights(histories).of(row)
        heard = most_telling(histories, row)
        item, weight = item[heard], weight[heard]
        told = _Told(item, weight, SparseRows.of(self.similarity, item))
        if histories.n_subjects == 1:
            histories.worked_out[key] = told
        return told


@dataclass(frozen=True)
class _Told:
    """One subject's history, and the rows of the similarity that it looks up.

    ``item`` int64 and ``weight`` float32 (history,), the items rising, each once.
    """

    item: I64
    weight: F32
    rows: SparseRows

    def strongest(self, asked: I64) -> tuple[I64, F32]:
        """Return the item that adds most to the score of each one asked, and its share.

        int64 and float32 (asked,): -1 and 0 where nothing adds anything, of equal terms the lower
        item.
        """
        rising = np.sort(asked)
        # A few items: all elements compared with each is less than each element looked up.
        wanted = np.zeros(self.rows.column.size, dtype=np.bool_)
        for item in asked.tolist():
            wanted |= self.rows.column == item
        found = np.flatnonzero(wanted)
        owner = self.rows.pointer.searchsorted(found, side="right") - 1
        # One more purchase, which says nothing: a history may be empty.
        term = np.zeros((asked.size, self.item.size + 1), dtype=np.float32)
        place = rising.searchsorted(self.rows.column[found])
        term[place, owner] = self.weight[owner] * self.rows.value[found]
        # An item asked twice has its terms where it stands first.
        term = np.maximum(term[rising.searchsorted(asked)], 0)
        best, total = term.argmax(axis=1), term.sum(axis=1, dtype=np.float64)
        largest = term[np.arange(asked.size), best]
        named = np.full(asked.size, -1, dtype=np.int64)
        speaks = largest > 0
        named[speaks] = self.item[best[speaks]]
        return named, (largest / np.maximum(total, _LEAST)).astype(np.float32)


def said(similarity: sparse.csr_matrix, item: I64, of: I64) -> F32:
    """Return what each item says of another one, float32 (pairs,)."""
    if item.size == 0:  # SciPy has no answer of length 0
        return np.empty(0, dtype=np.float32)
    return np.asarray(similarity[item, of], dtype=np.float32).ravel()
