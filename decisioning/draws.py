"""Random draws that depend on who and why, never on the size or order of a block."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
U64 = NDArray[np.uint64]

_MULTIPLIERS: Final = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_SHIFTS: Final = (np.uint64(30), np.uint64(27), np.uint64(31))
_SPARE_BITS: Final = np.uint64(11)


def subject_keys(names: Sequence[str]) -> U64:
    """Return a 64-bit key of each name, uint64 (m,).

    The one hash of text that a decision needs; all its draws are arithmetic on the keys.
    """
    hashes = b"".join(hashlib.blake2b(n.encode(), digest_size=8).digest() for n in names)
    return np.frombuffer(hashes, dtype="<u8").astype(np.uint64)


def draws(seed: int, purpose: str, keys: U64) -> Floats:
    """Draw one uniform number per key.

    The number is a hash of seed, purpose and key, so a customer draws the same number alone or
    in a million, and two purposes draw independently.

    Parameters
    ----------
    seed
        The decision's seed.
    purpose
        What the draw is for, such as ``"control"``.
    keys
        uint64, any shape: from `subject_keys`, or `mixed`.

    Returns
    -------
    float64 of the shape of ``keys``, in [0, 1).
    """
    return uniform(mixed(keys, salt(f"{seed}|{purpose}")))


@lru_cache(maxsize=1024)
def salt(text: str) -> np.uint64:
    """Return the key of a text: what `mixed` takes beside the keys of subjects."""
    return np.uint64(subject_keys([text])[0])


def mixed(keys: U64, salt: U64 | np.uint64) -> U64:
    """Return a hash of each pair of key and salt, broadcast.

    Two rounds of SplitMix64's finaliser (Steele, Lea & Flood 2014), the salt added between, so
    that keys which differ by little, or by what two salts differ by, draw independently.
    """
    return _scrambled(np.bitwise_xor(_scrambled(keys), salt))


def uniform(hashes: U64) -> Floats:
    """Turn hashes into numbers in [0, 1)."""
    # 53 bits are what a float64 holds exactly; more would round up to 1.0 now and then.
    return np.asarray((hashes >> _SPARE_BITS).astype(np.float64) / 2.0**53)


def _scrambled(keys: U64) -> U64:
    h = keys ^ (keys >> _SHIFTS[0])
    h = h * _MULTIPLIERS[0]  # modulo 2**64, as meant
    h ^= h >> _SHIFTS[1]
    h *= _MULTIPLIERS[1]
    h ^= h >> _SHIFTS[2]
    return h
