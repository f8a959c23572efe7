"""What follows from a large array that nobody changes, worked out once while the array lives."""

import weakref
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
Array = NDArray[Any]


def of_unchanging(work: Callable[[Array], T]) -> Callable[[Array], T]:
    """Have a function of one array remember what it said of arrays that are read only.

    The verdicts on a whole catalogue stay the same from one decision to the next, most often; what
    every decision asks of them need not be worked out each time. An array that may be written to,
    and a part of one, is looked at anew.

    Parameters
    ----------
    work
        A function of the array's contents alone; what it returns is shared and must not be changed.
    """
    known: dict[int, T] = {}

    @wraps(work)
    def remembered(array: Array) -> T:
        whole = _whole(array)
        if whole is None:
            return work(array)
        key = id(whole)
        if key not in known:
            # Another array may get the place in memory of one that is gone.
            weakref.finalize(whole, known.pop, key, None).atexit = False
            known[key] = work(array)
        return known[key]

    return remembered


def _whole(array: Array) -> Array | None:
    """Return the read-only array that this is, or is a view of all of; None where it is none."""
    whole = array if array.base is None else array.base
    if not isinstance(whole, np.ndarray) or whole.flags.writeable or whole.base is not None:
        return None
    same = whole.dtype == array.dtype and whole.size == array.size and array.flags.c_contiguous
    return whole if same else None
