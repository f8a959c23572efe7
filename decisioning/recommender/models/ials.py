"""iALS: factors of items; those of a subject follow from its history, without a refit."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.evidence import Evidence, evidence, strongest
from decisioning.recommender.scorer import Because

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

_BLOCK: Final = 512
"""Subjects solved at once: bounds the memory of their Gram matrices."""


@dataclass(frozen=True)
class Ials:
    """Implicit matrix factorisation (Hu, Koren & Volinsky 2008).

    The confidence of an item in the history is ``alpha * log(1 + weight)``, that of any other 1;
    the factor x of a subject with confidences c solves
    ``(Y'Y + sum over its items of (c - 1) y y' + regularisation I) x = sum of c y``.

    Parameters
    ----------
    item_factors
        float32 (n_items, factors): Y.
    gram
        float32 (factors, factors): Y'Y.
    regularisation, alpha
        As fitted.
    half_life
        Days after which an interaction counts half; infinite: it never fades.
    """

    item_factors: F32
    gram: F32
    regularisation: float
    alpha: float
    half_life: float

    @property
    def n_items(self) -> int:
        """Number of items."""
        return int(self.item_factors.shape[0])

    def fold_in(self, histories: Histories) -> F32:
        """Return the factor of every subject, float32 (m, factors); 0 without a history."""
        confidence = self._confidence(histories)
        factors = np.zeros((histories.n_subjects, self.gram.shape[0]), dtype=np.float32)
        rows = np.flatnonzero(np.diff(confidence.pointer))
        for block in _blocks(rows):
            left, right = self._equations(confidence, block)
            for row, one, other in zip(block.tolist(), left, right, strict=True):
                factors[row] = _solved(one, other)
        return factors

    def score(self, histories: Histories) -> F32:
        """Score every item by the dot product of the factors, float32 (m, n_items)."""
        factors = self.fold_in(histories)
        scores = np.empty((factors.shape[0], self.n_items), dtype=np.float32)
        # Row by row: the last bits of a product of matrices depend on how many rows it has.
        for row, factor in enumerate(factors):
            np.matmul(self.item_factors, factor, out=scores[row])
        return scores

    def score_pairs(self, histories: Histories, row: I64, item: I64) -> F32:
        """Score some pairs, float32 (pairs,): subject ``row`` and ``item``, int64 (pairs,)."""
        factors = self.fold_in(histories)
        mine, other = factors.take(row, axis=0), self.item_factors.take(item, axis=0)
        return np.asarray(np.einsum("ij,ij->i", mine, other))

    def explain(self, histories: Histories, items: I64) -> Because:
        """Name the item of each history whose term in the score of ``items`` is the largest.

        A score is a sum over the history: of ``c y_item' A^-1 y`` (Hu et al. 2008, section 5).
        """
        confidence = self._confidence(histories)
        terms = np.empty(confidence.item.size, dtype=np.float32)
        rows = np.flatnonzero(np.diff(confidence.pointer))
        for block in _blocks(rows):
            left, _ = self._equations(confidence, block)
            wanted = self.item_factors[items[block]]
            toward = np.linalg.solve(left, wanted[:, :, None])[:, :, 0]
            for row, direction in zip(block.tolist(), toward, strict=True):
                item, weight = confidence.of(row)
                part = slice(confidence.pointer[row], confidence.pointer[row + 1])
                terms[part] = weight * (self.item_factors[item] @ direction)
        return strongest(confidence.row, confidence.item, terms, histories.n_subjects)

    @cached_property
    def _everybody(self) -> F32:
        """What the left sides share, float32 (k, k): Y'Y and the regularisation."""
        k = self.gram.shape[0]
        return self.gram + np.float32(self.regularisation) * np.eye(k, dtype=np.float32)

    def _confidence(self, histories: Histories) -> Evidence:
        held = evidence(histories, self.half_life)
        weight = held.weight * np.float32(self.alpha)
        return Evidence(held.pointer, held.item, weight, held.n_items)

    def _equations(self, confidence: Evidence, rows: I64) -> tuple[F32, F32]:
        """Return the left sides (rows, k, k) and the right sides (rows, k) of some subjects."""
        k = self.gram.shape[0]
        left = np.empty((rows.size, k, k), dtype=np.float32)
        right = np.empty((rows.size, k), dtype=np.float32)
        for at, row in enumerate(rows.tolist()):
            item, weight = confidence.of(row)
            mine = self.item_factors.take(item, axis=0)
            np.matmul((mine * (weight - 1)[:, None]).T, mine, out=left[at])
            left[at] += self._everybody
            right[at] = weight @ mine
        return left, right


def _solved(left: F32, right: F32) -> F32:
    """Solve one subject's equations by Cholesky: half the time of a general solver.

    The left side is positive definite, for Y'Y holds every item's part once and no confidence is
    below 0; where rounding, or a Gram matrix of other items, has made it something else, the
    general solver answers.
    """
    _, found, failed = lapack.sposv(left.T, right, lower=1)
    return np.asarray(np.linalg.solve(left, right) if failed else found)


def _blocks(rows: I64) -> list[I64]:
    return [rows[start : start + _BLOCK] for start in range(0, rows.size, _BLOCK)]
