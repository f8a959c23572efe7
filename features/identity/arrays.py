"""Small operations on integer edges."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def components(n: int, u: Ints, v: Ints) -> Ints:
    """Label the connected components of ``n`` nodes; shape (n,), labels from 0."""
    links = coo_array((np.ones(len(u), dtype=np.int8), (u, v)), shape=(n, n))
    _, found = connected_components(links, directed=False)
    labels: Ints = found.astype(np.int64)
    return labels


def distinct(left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """Drop repeated pairs of non-negative numbers; sorted by ``left``, then ``right``."""
    if not len(left):
        return left, right
    width = int(right.max()) + 1
    pairs = np.sort(left * width + right)  # np.unique hashes, which takes ten times as long here
    pairs = pairs[np.concatenate([[True], pairs[1:] != pairs[:-1]])]
    return pairs // width, pairs % width


def sole(n: int, left: Ints, right: Ints) -> tuple[Ints, Flags]:
    """For each left number below ``n``: its right partner if there is exactly one.

    Returns
    -------
    partner, shape (n,): -1 for none or several; several, shape (n,): True for more than one.
    """
    left, right = distinct(left, right)
    found = np.bincount(left, minlength=n)
    partner = np.full(n, -1, dtype=np.int64)
    one = found[left] == 1
    partner[left[one]] = right[one]
    return partner, found > 1


class Neighbours:
    """Pairs, indexed by their left number."""

    def __init__(self, n: int, left: Ints, right: Ints) -> None:
        order = np.argsort(left, kind="stable")
        self._right = right[order]
        self._start = np.concatenate([[0], np.cumsum(np.bincount(left, minlength=n))])

    def of(self, nodes: Ints) -> tuple[Ints, Ints]:
        """Return (position in ``nodes``, right number) for each pair of each node."""
        start, end = self._start[nodes], self._start[nodes + 1]
        size = end - start
        row = np.repeat(np.arange(len(nodes)), size)
        offset = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
        return row, self._right[start[row] + offset]
