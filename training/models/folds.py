"""Cut rows into folds, all rows of a customer into the same one."""

import numpy as np

from training.models.contract import Integers


def folds_by_customer(customer: Integers, folds: int, seed: int) -> Integers:
    """Return the fold of each row, int64 (n,), 0 to folds - 1, as even in customers as can be.

    Raises
    ------
    ValueError
        If there are fewer than two folds, or fewer customers than folds.
    """
    unique, code = np.unique(customer, return_inverse=True)
    if not 2 <= folds <= unique.size:
        raise ValueError(f"folds={folds} for {unique.size} customers: give 2 up to as many.")
    dealt = np.random.default_rng(seed).permutation(np.arange(unique.size) % folds)
    return np.asarray(dealt[code], np.int64)
