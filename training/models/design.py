"""Fit the layout of a linear model: what stands for null, knots, scales."""

from typing import Final

import numpy as np

from decisioning.customers.linear import HINGE, LINEAR, NULL, Design, Floats

KNOTS: Final = (0.25, 0.5, 0.75)
"""Quantiles at which a hinge starts."""
FEW_LEVELS: Final = 3
"""A column of fewer values than this is told by a line."""
TAIL: Final = 0.005
"""Share of the rows, at either end, whose values are clipped: a heavy tail would be a lever."""
RARE_NULL: Final = 0.005
"""Nulls of a smaller share of the rows, or values of one, get no indicator."""

Term = tuple[int, int, float]


def fit_design(columns: tuple[str, ...], x: Floats, *, hinges: bool = True) -> Design:
    """Fit a layout on rows.

    Parameters
    ----------
    columns
        Names of the columns of ``x``.
    x
        float64 (rows, p); NaN is null.
    hinges
        Whether columns with enough values get a linear spline, or a line alone.

    Returns
    -------
    Design without terms that are the same in every row.
    """
    null = np.isnan(x)
    told = [column[~gone] for column, gone in zip(x.T, null.T, strict=True)]
    fill = np.array([np.median(values) if values.size else 0.0 for values in told])
    ends = [np.quantile(v, (TAIL, 1.0 - TAIL)) if v.size else (0.0, 0.0) for v in told]
    # A rare flag is 0 in all but a few rows: clipped at a quantile, it would be gone.
    ends = [
        (v.min(), v.max()) if v.size and e[0] == e[1] else e
        for v, e in zip(told, ends, strict=True)
    ]
    least, most = np.array(ends, dtype=np.float64).reshape(-1, 2).T
    terms = [term for j, values in enumerate(told) for term in _terms(j, values, len(x), hinges)]
    design = _raw(columns, (fill, least, most), terms)
    laid = design.lay(x)
    spread = laid.std(axis=0)
    kept = np.flatnonzero(spread > 1e-12 * np.maximum(np.abs(laid).max(axis=0, initial=0.0), 1.0))
    return Design(
        columns, fill, least, most, design.source[kept], design.kind[kept], design.knot[kept],
        laid.mean(axis=0)[kept], spread[kept],
    )  # fmt: skip


def _terms(j: int, values: Floats, rows: int, hinges: bool) -> list[Term]:
    terms: list[Term] = [(j, LINEAR, 0.0)]
    if hinges and np.unique(values).size >= FEW_LEVELS:
        knots = np.unique(np.quantile(values, KNOTS))
        terms += [(j, HINGE, float(k)) for k in knots if values.min() < k < values.max()]
    if RARE_NULL * rows < rows - values.size < (1.0 - RARE_NULL) * rows:
        terms.append((j, NULL, 0.0))
    return terms


def _raw(
    columns: tuple[str, ...], ends: tuple[Floats, Floats, Floats], terms: list[Term]
) -> Design:
    fill, least, most = ends
    source, kind = (np.array([t[k] for t in terms], dtype=np.int64) for k in (0, 1))
    knot = np.array([t[2] for t in terms], dtype=np.float64)
    return Design(
        columns, fill, least, most, source, kind, knot, np.zeros(len(terms)), np.ones(len(terms))
    )
