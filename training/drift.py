"""Whether the population has moved away from the one the champion learned of.

Population stability index (PSI; Siddiqi 2006) of every column and of every model's predictions,
between the snapshot in the bundle and one of a later moment.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from decisioning.policy import DAY
from training.as_of import date_text

Floats = NDArray[np.float64]
BINS: Final = 10
LARGE: Final = 0.25
"""The customary bound of a large shift (Siddiqi 2006)."""
WEIGHTY: Final = 0.05
"""A column that carries this share of a model's gain is worth a retraining by itself."""
OLD_DAYS: Final = 75
_CHANCE: Final = 0.999
_LEAST: Final = 0.5
"""Rows that an empty bin counts for: an infinite index would not say how large a shift is."""


@dataclass(frozen=True)
class Shift:
    """How far one figure of the population moved.

    Parameters
    ----------
    name
        A column, or a model whose predictions these are.
    psi
        Population stability index, 0 for none.
    chance
        What chance alone exceeds once in a thousand (Yurdakul & Naranjo 2020).
    weight
        Share of the gain of the model that leans on it most; 1 for predictions.
    before, after
        Medians; NaN where all are null.
    null_before, null_after
        Shares of nulls.
    """

    name: str
    psi: float
    chance: float
    weight: float
    before: float
    after: float
    null_before: float
    null_after: float

    @property
    def large(self) -> bool:
        """Whether it is a large shift, and not chance."""
        return self.psi > max(LARGE, self.chance)


@dataclass(frozen=True)
class Drift:
    """What moved between two moments, the largest shift first.

    Parameters
    ----------
    trained, live
        The two moments, epoch seconds.
    """

    trained: int
    live: int
    predictions: Sequence[Shift]
    columns: Sequence[Shift]

    def reasons(self) -> list[str]:
        """Say why to retrain, in words; empty for no reason."""
        return list(self._reasons())

    def _reasons(self) -> Iterator[str]:
        for shift in self.predictions:
            if shift.large:
                yield f"what {shift.name} predicts has shifted (PSI {shift.psi:.2f})"
        for shift in self.columns:
            if shift.large and shift.weight >= WEIGHTY:
                yield (
                    f"{shift.name} has shifted (PSI {shift.psi:.2f}) and carries"
                    f" {shift.weight:.0%} of a model"
                )
        days = (self.live - self.trained) // DAY
        if days > OLD_DAYS:
            yield f"it learned nothing after {date_text(self.trained)}, {days} days ago"

    def as_json(self) -> dict[str, Any]:
        """Return everything, as ``nextbest drift --json`` writes it."""
        reasons = self.reasons()
        return {
            "trained_as_of": date_text(self.trained),
            "live_as_of": date_text(self.live),
            "retrain": bool(reasons),
            "reasons": reasons,
            "predictions": [_named(shift) for shift in self.predictions],
            "columns": [_named(shift) for shift in self.columns],
        }


def _named(shift: Shift) -> dict[str, Any]:
    return {
        **{k: None if isinstance(v, float) and np.isnan(v) else v for k, v in vars(shift).items()},
        "large": shift.large,
    }


def shift_of(name: str, before: Floats, after: Floats, weight: float = 1.0) -> Shift:
    """Measure the shift of one figure.

    Parameters
    ----------
    before, after
        float64 (n,) and (m,), the figure of each customer; NaN is null, a bin of its own.
    """
    edges = _edges(before[~np.isnan(before)])
    expected, found = (_counts(values, edges) for values in (before, after))
    p, q = (np.where(c > 0, c, _LEAST) / max(c.sum(), 1) for c in (expected, found))
    psi = float(((q - p) * np.log(q / p)).sum()) if before.size and after.size else 0.0
    return Shift(
        name,
        psi,
        _by_chance(before.size, after.size, int(((expected + found) > 0).sum())),
        weight,
        *(_median(values) for values in (before, after)),
        *(float(np.isnan(values).mean()) if values.size else 0.0 for values in (before, after)),
    )


def shifts(
    names: Sequence[str], before: Floats, after: Floats, weights: Mapping[str, float]
) -> list[Shift]:
    """Measure every column, the largest shift first.

    Parameters
    ----------
    before, after
        float64 (n, columns), (m, columns).
    weights
        Share of gain by column; 0 for one that is not named.
    """
    found = [
        shift_of(name, before[:, k], after[:, k], weights.get(name, 0.0))
        for k, name in enumerate(names)
    ]
    return sorted(found, key=lambda shift: -shift.psi)


def _edges(values: Floats) -> Floats:
    """Return inner edges: tenths, each taken once, so that a frequent value has its own bin."""
    if values.size == 0:
        return np.empty(0)
    tenths = np.quantile(values, np.arange(1, BINS) / BINS, method="lower")
    return np.unique(tenths)


def _counts(values: Floats, edges: Floats) -> Floats:
    null = np.isnan(values)
    # A value on an edge belongs below it: the bin of a frequent value ends with it.
    inside = np.bincount(
        np.searchsorted(edges, values[~null], side="left"), minlength=edges.size + 1
    )
    return np.append(inside, null.sum()).astype(np.float64)


def _by_chance(n: int, m: int, bins: int) -> float:
    """Return the quantile of the index where nothing moved: chi-square over both sample sizes."""
    if min(n, m) == 0 or bins < 2:
        return 0.0
    return float(chi2.ppf(_CHANCE, bins - 1) * (1 / n + 1 / m))


def _median(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else float("nan")
