"""How many thresholds of its column each value is above, without a search value by value.

A value's leading bits tell nearly all of it: a table holds how many thresholds lie in lower
buckets, and the few in its own are compared one after the other. A search in halves guesses wrong
at every other step.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
I64 = NDArray[np.int64]

_BUCKETS: Final = 1 << 16
_CROWDED: Final = 4
"""Thresholds in one bucket beyond which a column is searched after all."""


@dataclass(frozen=True)
class Thresholds:
    """Thresholds of some columns.

    Parameters
    ----------
    value
        float64: the columns one after the other, each rising and distinct, infinity at its end.
    single
        float32: the same, rounded down: a float32 number is above one if it is above the other.
    first
        int64 (columns, 1): where each begins.
    lower
        int32 (columns * 65536,): of each column and bucket, where its first threshold stands.
    steps
        Most thresholds in one bucket, of the columns that are not crowded.
    crowded
        Columns with buckets of more.
    """

    value: Floats
    single: NDArray[np.float32]
    first: I64
    lower: NDArray[np.int32]
    steps: int
    crowded: tuple[int, ...]

    @classmethod
    def of(cls, columns: list[Floats]) -> "Thresholds":
        """Lay out thresholds: one float64 (n,) a column, rising and distinct, finite."""
        sizes = [column.size + 1 for column in columns]
        first = np.cumsum([0, *sizes[:-1]])
        held = [np.bincount(_bucket(column), minlength=_BUCKETS) for column in columns]
        most = [int(count.max()) for count in held]
        lower = [at + np.cumsum(count) - count for at, count in zip(first, held, strict=True)]
        value = np.concatenate([np.append(column, np.inf) for column in columns])
        return cls(
            value,
            _rounded_down(value),
            first[:, None],
            np.concatenate(lower).astype(np.int32),
            max([0, *(k for k in most if k <= _CROWDED)]),
            tuple(k for k, n in enumerate(most) if n > _CROWDED),
        )

    def places(self, values: NDArray[np.floating]) -> I64:
        """Return the place of each value among all thresholds, infinities included.

        (columns, rows) without NaN to int64 likewise: where its column begins, and on by as many
        thresholds of the column as are below the value.
        """
        offset = np.arange(values.shape[0], dtype=np.int32)[:, None] * _BUCKETS
        place = self.lower.take(_bucket(values) + offset).astype(np.int64)
        held = self.single if values.dtype == np.float32 else self.value
        for _ in range(self.steps):
            place += values > held.take(place)
        for k in self.crowded:
            start = int(self.first[k, 0])
            end = start + self.value[start:].argmax()
            place[k] = start + np.searchsorted(self.value[start:end], values[k], side="left")
        return place


def _rounded_down(values: Floats) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        nearest = values.astype(np.float32)
        below = np.nextafter(nearest, np.float32(-np.inf))
    return np.where(nearest > values, below, nearest)


def _bucket(values: NDArray[np.floating]) -> NDArray[np.int32]:
    """Return the leading 16 bits as float32: the larger the value, never the lower the bucket."""
    with np.errstate(over="ignore"):
        bits = (values + values.dtype.type(0)).astype(np.float32, copy=False).view(np.int32)
    # Both zeros are one above; negative numbers rise as their bits fall.
    bits ^= (bits >> 31) & np.int32(0x7FFFFFFF)
    bits >>= 16
    bits += 32768
    return bits
