"""Arrays as long as a large catalogue, lent again and again instead of made anew.

A request touches a few thousand items; to make an array of half a million of them takes longer than
all that is done with it.
"""

from threading import local
from typing import Final

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]


class _Held(local):
    """What a thread has at hand."""

    def __init__(self) -> None:
        self.zeros: list[F32] = []
        self.marks: list[I32] = []


_HELD: Final = _Held()


def borrow_zeros(n: int) -> F32:
    """Borrow float32 zeros (n,); `return_zeros` wants them back as they were.

    Whoever does not give them back, having failed meanwhile, harms nobody: others are made.
    """
    if _HELD.zeros and _HELD.zeros[-1].size == n:
        return _HELD.zeros.pop()
    return np.zeros(n, dtype=np.float32)


def return_zeros(zeros: F32) -> None:
    """Give back what was borrowed, all of it 0 again."""
    _HELD.zeros[:] = [zeros]


def borrow_marks(n: int) -> I32:
    """Borrow int32 (n,) of any content."""
    if _HELD.marks and _HELD.marks[-1].size == n:
        return _HELD.marks.pop()
    return np.empty(n, dtype=np.int32)


def return_marks(marks: I32) -> None:
    """Give back what was borrowed, as it is."""
    _HELD.marks[:] = [marks]
