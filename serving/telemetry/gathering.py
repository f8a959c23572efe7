"""Histograms that are told many values at once."""

from bisect import bisect_left
from collections.abc import Sequence

from prometheus_client import Histogram


class Values:
    """Values of one series, added up by bucket.

    Parameters
    ----------
    bounds
        Upper bounds of the buckets, each of which holds its bound; above the last is one more.
    """

    __slots__ = ("_bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        """Add a value."""
        self.counts[bisect_left(self._bounds, value)] += 1
        self.total += value


class Gathering(Histogram):
    """A histogram that takes in what others have added up, as if it had observed each value."""

    def gather(self, values: Values) -> None:
        """Take values in.

        Parameters
        ----------
        values
            Of the same bounds.
        """
        self._sum.inc(values.total)
        for bucket, count in zip(self._buckets, values.counts, strict=True):
            if count:
                bucket.inc(count)
