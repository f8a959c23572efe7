"""Random draws that depend on who and why, never on the size or order of a block."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def draws(seed: int, purpose: str, subjects: Sequence[str]) -> NDArray[np.float64]:
    """Draw one uniform number per subject.

    The number is a hash of seed, purpose and subject, so a customer draws the same number alone
    or in a million, and two purposes draw independently.

    Parameters
    ----------
    seed
        The decision's seed.
    purpose
        What the draw is for, such as ``"control"``.
    subjects
        External ids, length m.

    Returns
    -------
    float64 array of shape (m,), in [0, 1).
    """
    prefix = f"{seed}|{purpose}|".encode()
    hashes = [
        int.from_bytes(hashlib.blake2b(prefix + s.encode(), digest_size=8).digest(), "big")
        for s in subjects
    ]
    # 53 bits are what a float64 holds exactly; more would round up to 1.0 now and then.
    return np.array([h >> 11 for h in hashes], dtype=np.float64) / 2.0**53


def shuffle_order(seed: int, purpose: str, subject: str, n: int) -> NDArray[np.int64]:
    """Return a uniformly random order of n candidates for one subject, shape (n,)."""
    key = int(draws(seed, purpose, [subject])[0] * 2.0**53)
    return np.random.Generator(np.random.PCG64(key)).permutation(n)
