"""Slates: the n best of what is allowed, or n at random."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]

NOBODY = -1
"""Fills a slate that is shorter than n."""


def best_slates(
    worth: Floats, room: I64, n: int, kinds: I64, max_per_kind: int, least: float = 0.0
) -> I64:
    """Return the best n columns of each row, best first.

    Of equal columns the earlier one. Greedy is exact here: "at most so many in all, and so many
    of a kind" is a matroid.

    Parameters
    ----------
    worth
        float64 (rows, k); -inf where a column may not be chosen.
    room
        int64 (rows,): how many may be chosen, at most n of them.
    kinds
        int64 (k,): of which at most ``max_per_kind`` each are chosen; 0 is no limit.
    least
        What is worth so much or less is never chosen.

    Returns
    -------
    int64 (rows, n), `NOBODY` where the slate ends.
    """
    rest, rows = worth.copy(), np.arange(worth.shape[0])
    slates, taken = np.full((rows.size, n), NOBODY), np.empty((rows.size, n), dtype=kinds.dtype)
    for rank in range(min(n, worth.shape[1])):
        best = rest.argmax(axis=1)
        takes = (rest[rows, best] > least) & (rank < room)
        if not takes.any():
            break
        slates[:, rank] = np.where(takes, best, NOBODY)
        # A row that took nothing takes nothing later, so what becomes of its rest is no matter.
        rest[rows, best] = -np.inf
        if max_per_kind and rank + 1 < n:
            taken[:, rank] = kinds[best]
            _close_full_kind(rest, taken[:, : rank + 1], kinds, max_per_kind)
    return slates


def _close_full_kind(rest: Floats, taken: I64, kinds: I64, max_per_kind: int) -> None:
    """Take out of the rest the kind last taken where the slate holds enough of it."""
    last = taken[:, -1:]
    full = (taken == last).sum(axis=1, keepdims=True) >= max_per_kind
    np.copyto(rest, -np.inf, where=full & (kinds == last))


def random_slates(scores: Floats, allowed: Mask, nothing: I64, room: I64, n: int) -> I64:
    """Return n allowed columns of each row in random order, doing nothing among them.

    Doing nothing stands in a slate alone or not at all: where it is drawn beside others it
    leaves its place empty.

    Parameters
    ----------
    scores
        float64 (rows, k): uniform draws; the largest are taken.
    allowed
        bool (rows, k): may be drawn, doing nothing included.
    nothing
        int64 (rows,): the column of doing nothing, `NOBODY` where it is not allowed.
    """
    k = scores.shape[1]
    order = np.argsort(np.where(allowed, -scores, np.inf), axis=1, kind="stable")[:, :n]
    place = np.arange(order.shape[1])
    drawn = place < np.minimum(allowed.sum(axis=1), room)[:, None]
    beside = (order == nothing[:, None]) & (drawn.sum(axis=1) > 1)[:, None]
    slates = np.where(drawn & ~beside, order, k)
    # A stable sort by "is empty" closes the gap.
    slates = np.take_along_axis(slates, np.argsort(slates == k, axis=1, kind="stable"), axis=1)
    padded = np.full((scores.shape[0], n), k)
    padded[:, : slates.shape[1]] = slates
    return np.where(padded == k, NOBODY, padded)


def holds(slates: I64, k: int) -> Mask:
    """Tell which of k columns stand in each slate: (rows, n) to bool (rows, k)."""
    held = np.zeros((slates.shape[0], k + 1), dtype=np.bool_)
    # What is empty is written to a column of its own, which is cut off.
    held[np.arange(slates.shape[0])[:, None], slates] = True
    return held[:, :k]
