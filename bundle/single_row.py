"""One row through a LightGBM booster, by the function that its C library has for it.

A request scores one customer by every model. LightGBM's Python call checks and copies for a matrix;
this sets up once, and takes a third of the time. The library's wrapper does not offer it, so its
own names for the library are used; the lock file pins its version, and a test compares every bit.
"""

import ctypes
import weakref
from typing import Final

import lightgbm as lgb
import numpy as np
from lightgbm.basic import _LIB, _c_str, _safe_call
from numpy.typing import NDArray

_DOUBLE: Final = 1
_NORMAL: Final = 0
_EVERY_TREE: Final = -1


class SingleRow:
    """Scores one row at a time; safe to share between threads.

    Parameters
    ----------
    booster
        Kept alive as long as this is; it must have one output.
    """

    def __init__(self, booster: lgb.Booster) -> None:
        self._booster = booster
        self._handle = ctypes.c_void_p()
        _safe_call(
            _LIB.LGBM_BoosterPredictForMatSingleRowFastInit(
                booster._handle,
                ctypes.c_int(_NORMAL),
                ctypes.c_int(0),
                ctypes.c_int(_EVERY_TREE),
                ctypes.c_int(_DOUBLE),
                ctypes.c_int32(booster.num_feature()),
                _c_str("num_threads=1"),
                ctypes.byref(self._handle),
            )
        )
        # Before the booster is freed: what is finalised holds no reference to this.
        weakref.finalize(self, _LIB.LGBM_FastConfigFree, self._handle)

    def __call__(self, row: NDArray[np.floating]) -> float:
        """Score one row, (columns,)."""
        values = np.ascontiguousarray(row, dtype=np.float64)
        found, length = ctypes.c_double(), ctypes.c_int64()
        _safe_call(
            _LIB.LGBM_BoosterPredictForMatSingleRowFast(
                self._handle,
                ctypes.c_void_p(values.ctypes.data),
                ctypes.byref(length),
                ctypes.byref(found),
            )
        )
        return found.value
