"""Common random numbers: each draw belongs to a purpose, never to the policy that asks for it."""

from zlib import crc32

import numpy as np
from numpy.typing import NDArray


def generator(seed: int, purpose: str, *parts: int) -> np.random.Generator:
    """Return the generator of one purpose, such as the response to an action in a week.

    Two policies that come to the same customer, action and week meet the same draw, so that
    their difference is theirs and not chance's (Law 2015, chapter 11).
    """
    return np.random.default_rng([seed, crc32(purpose.encode()), *parts])


def uniforms(seed: int, purpose: str, week: int, m: int) -> NDArray[np.float64]:
    """Draw a number in [0, 1) for each of m customers in a week, float64 (m,)."""
    return generator(seed, purpose, week).random(m)
