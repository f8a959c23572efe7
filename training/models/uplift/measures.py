"""Measures of a ranking by uplift, from an experiment: Qini, AUUC, uplift of the first k.

The definitions are those of scikit-uplift 0.5.1 (`sklift.metrics`), so that figures can be laid
beside published ones. With equal weights they are the same numbers; with unequal ones, counts
become sums of weights. Rows of equal scores are never split, but shared: their order tells
nothing.

References
----------
Radcliffe (2007), Using control groups to target on predicted lift; Devriendt, Guns & Verbeke
(2020), Learning to rank for uplift modeling.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Sums(NamedTuple):
    """Running sums down the ranking, float64 (distinct scores,) each.

    Parameters
    ----------
    rows, contacted
        Weight of all, and of the contacted.
    answered, answered_alone
        Weight of the responses among the contacted, and among the others.
    """

    rows: Floats
    contacted: Floats
    answered: Floats
    answered_alone: Floats

    @property
    def alone(self) -> Floats:
        """Weight of those not contacted."""
        return self.rows - self.contacted


def qini(y: Floats, score: Floats, contacted: Mask, weight: Floats | None = None) -> float:
    """Return the Qini coefficient: the area between curve and diagonal, over a perfect one's.

    The perfect ranking puts contacted responders first and responders who were not contacted
    last (`sklift.metrics.qini_auc_score`, ``negative_effect=True``).

    Parameters
    ----------
    y
        float64 (n,), 0 or 1.
    score
        float64 (n,): those with most are contacted first.
    contacted
        bool (n,).
    weight
        float64 (n,); equal when left out.

    Returns
    -------
    NaN where no ranking differs from the diagonal.
    """
    found = _qini_area(_sums(y, score, contacted, weight))
    best = perfect_qini_area(y, contacted, weight)
    return found / best if best else float("nan")


def qini_curve(
    y: Floats, score: Floats, contacted: Mask, weight: Floats | None = None
) -> tuple[Floats, Floats]:
    """Return the Qini curve (Radcliffe 2007), float64 (distinct scores + 1,) each.

    Returns
    -------
    The share of all rows that is contacted, highest score first, and the responses it wins: those
    of the contacted less those that as many would have given without.
    """
    sums = _sums(y, score, contacted, weight)
    return np.r_[0.0, sums.rows / sums.rows[-1]], np.r_[0.0, _won(sums)]


def perfect_qini_area(y: Floats, contacted: Mask, weight: Floats | None = None) -> float:
    """Return the area between the Qini curve of a perfect ranking and the diagonal."""
    return _qini_area(_sums(y, y * np.where(contacted, 1.0, -1.0), contacted, weight))


def auuc(y: Floats, score: Floats, contacted: Mask, weight: Floats | None = None) -> float:
    """Return the area under the uplift curve over a perfect one's, both above the diagonal.

    As `sklift.metrics.uplift_auc_score`; parameters as for `qini`.
    """
    w = np.ones(y.size) if weight is None else weight
    held, lost = (w[(y == a) & (contacted == b)].sum() for a, b in ((1, False), (0, True)))
    tie = y if held > lost else contacted.astype(np.float64)
    perfect = 2.0 * (y == contacted) + tie
    found, best = (_uplift_area(_sums(y, s, contacted, weight)) for s in (score, perfect))
    return found / best if best else float("nan")


def uplift_at(
    y: Floats, score: Floats, contacted: Mask, k: float = 0.3, weight: Floats | None = None
) -> float:
    """Return response rate of the contacted less that of the others, among the first share k.

    The first of all rows in one ranking: scikit-uplift's strategy "overall". Rows of the score
    at which the share ends count in part.

    Raises
    ------
    ValueError
        If k is not above 0 and at most 1.
    """
    if not 0.0 < k <= 1.0:
        raise ValueError(f"k={k}: give a share of the rows, above 0 and at most 1.")
    sums = _sums(y, score, contacted, weight)
    n = float(sums.rows[-1])
    # Whole rows, as there; 1e-9 for shares like 0.3 x 10, which floating point puts below 3.
    cut = float(np.floor(n * k + 1e-9)) if weight is None else n * k
    at = Sums(*(np.interp([cut], np.r_[0.0, sums.rows], np.r_[0.0, part]) for part in sums))
    if not at.contacted[0] or not at.alone[0]:
        return float("nan")
    return float((at.answered / at.contacted - at.answered_alone / at.alone)[0])


def _sums(y: Floats, score: Floats, contacted: Mask, weight: Floats | None) -> Sums:
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.r_[np.diff(score[order]) != 0, True])
    w = (np.ones(y.size) if weight is None else weight)[order]
    answered, given = (y[order] == 1) * w, contacted[order]
    parts = (w, given * w, given * answered, ~given * answered)
    return Sums(*(part.cumsum()[ends] for part in parts))


def _won(s: Sums) -> Floats:
    per_one = np.divide(s.contacted, s.alone, out=np.zeros(s.rows.size), where=s.alone > 1e-12)
    return np.asarray(s.answered - s.answered_alone * per_one)


def _qini_area(s: Sums) -> float:
    return _above_diagonal(s.rows, _won(s))


def _uplift_area(s: Sums) -> float:
    rates = [
        np.divide(part, whole, out=np.zeros(s.rows.size), where=whole > 1e-12)
        for part, whole in ((s.answered, s.contacted), (s.answered_alone, s.alone))
    ]
    return _above_diagonal(s.rows, (rates[0] - rates[1]) * s.rows)


def _above_diagonal(rows: Floats, curve: Floats) -> float:
    x, v = np.r_[0.0, rows], np.r_[0.0, curve]
    return float(np.trapezoid(v, x) - 0.5 * x[-1] * v[-1])
