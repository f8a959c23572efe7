"""Linear models over snapshot columns: how a row is laid out, and how it is weighed.

A column gives a linear term, hinges (`max(value - knot, 0)`, a linear spline) and, where training
rows lacked it, an indicator of being null. Everything is an array, so that a bundle can hold it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LINEAR: Final = 0
HINGE: Final = 1
NULL: Final = 2
_FEW: Final = 64
"""Rows whose terms are added up in one call; with more, a call a term costs less memory."""


@dataclass(frozen=True)
class Design:
    """How p columns become q terms.

    Parameters
    ----------
    columns
        Names of the inputs, p of them.
    fill, least, most
        float64 (p,): what stands for null, and the bounds to which a value is clipped: beyond
        what training saw, a line would say anything.
    source
        int64 (q,): the column of each term.
    kind
        int64 (q,): `LINEAR`, `HINGE` or `NULL`.
    knot
        float64 (q,): where a hinge starts; 0 for the other kinds.
    centre, scale
        float64 (q,): each term is standardised by them.
    """

    columns: tuple[str, ...]
    fill: Floats
    least: Floats
    most: Floats
    source: Integers
    kind: Integers
    knot: Floats
    centre: Floats
    scale: Floats

    def lay(self, x: Floats) -> Floats:
        """Lay rows out: float64 (m, p), NaN null, to standardised terms (m, q)."""
        null = np.isnan(x)
        known = np.clip(np.where(null, self.fill, x), self.least, self.most)[:, self.source]
        terms = np.where(self.kind == HINGE, np.maximum(known - self.knot, 0.0), known)
        terms = np.where(self.kind == NULL, null[:, self.source], terms)
        return np.asarray((terms - self.centre) / self.scale)


def dot(terms: Floats, coefficients: Floats) -> Floats:
    """Weigh terms: (m, q) by (1 + q, ...) to (m, ...); the first coefficient is the constant.

    Term by term and not by BLAS, whose sums differ in the last bit with the number of rows: a
    customer alone must get the very figure of a batch.
    """
    lone = coefficients.ndim == 1
    if lone and terms.shape[0] <= _FEW:
        parts = np.empty((coefficients.size, terms.shape[0]))
        parts[0] = coefficients[0]
        np.multiply(terms.T, coefficients[1:, None], out=parts[1:])
        # Not `reduce`, which may add in pairs.
        return np.asarray(np.add.accumulate(parts, axis=0)[-1])
    weights = coefficients[:, None] if lone else coefficients
    total = np.tile(weights[0], (terms.shape[0], 1))
    for column, weight in zip(terms.T, weights[1:], strict=True):
        total += column[:, None] * weight
    return total[:, 0] if lone else total
