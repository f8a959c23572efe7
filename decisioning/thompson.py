"""Thompson sampling whose choice probabilities are known exactly.

For a customer and a day we draw `REPLICATES` replicates of the world from the posteriors
(Thompson 1933), work out the best slate in each, and let one of them decide, picked uniformly by
a draw of its own. Given the replicates, the probability that an action stands in the slate is
the share of replicates whose slate holds it: a count, not an estimate, so that estimates from
the log which divide by it are unbiased.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from decisioning.draws import U64, draws, mixed, salt, uniform

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

REPLICATES: Final = 100
_HALF_STEP: Final = 2.0**-54  # keeps a draw off 0, where the normal quantile is infinite
_LOTS: Final = np.arange(1, 5, dtype=np.uint64)[:, None, None]
"""What tells the four draws of a Beta variate apart."""


def replicate_keys(seed: int, day: int, customers: U64, actions: U64) -> U64:
    """Return a key per candidate and replicate.

    Parameters
    ----------
    customers, actions
        uint64 (c,) each: the pairs.

    Returns
    -------
    uint64 (c, REPLICATES), each pair's own whatever else is in the block.
    """
    pairs = mixed(mixed(customers, actions), salt(f"{seed}|thompson|{day}"))
    return mixed(pairs[:, None], np.arange(1, REPLICATES + 1, dtype=np.uint64))


def picked_replicate(seed: int, day: int, customers: U64) -> NDArray[np.int64]:
    """Return which replicate decides for each customer, int64 (m,)."""
    return (draws(seed, f"replicate|{day}", customers) * REPLICATES).astype(np.int64)


def beta_draws(mean: Floats, strength: Floats, keys: U64) -> Floats:
    """Draw from Beta(mean x strength, (1 - mean) x strength).

    Parameters
    ----------
    mean, strength
        float64 (c,).
    keys
        uint64 (c, r).

    Returns
    -------
    float64 (c, r), in [0, 1].

    Notes
    -----
    A Beta variate is X / (X + Y) of two Gamma variates. A Gamma variate comes from a normal one
    by Wilson & Hilferty (1931), after raising the shape by one, which the factor U^(1/shape)
    undoes exactly (Stuart 1962). Quantiles stand within 0.006 of their level, shapes from 0.02
    up (a test holds them there), and nothing is rejected, so that one draw costs one key.
    """
    shape = np.maximum(np.stack([mean * strength, (1.0 - mean) * strength]), 1e-9)[:, :, None]
    # Both variates at once, two lots each: most of a call's time is not its arithmetic.
    lots = uniform(mixed(keys, _LOTS))
    lots += _HALF_STEP
    x, y = _gamma(shape, ndtri(lots[0::2]), lots[1::2])
    return np.asarray(x / (x + y))


def normal_draws(mean: Floats, deviation: Floats, keys: U64) -> Floats:
    """Draw from normal distributions: (c,), (c,), uint64 (c, r) to float64 (c, r)."""
    return np.asarray(mean[:, None] + deviation[:, None] * ndtri(uniform(keys) + _HALF_STEP))


def _gamma(shape: Floats, normal: Floats, lot: Floats) -> Floats:
    """Turn normal variates, which are overwritten, and lots in (0, 1) into Gamma variates."""
    raised = shape + 1.0
    cube = normal
    cube /= 3.0 * np.sqrt(raised)
    cube += 1.0 - 1.0 / (9.0 * raised)
    np.maximum(cube, 1e-3, out=cube)
    cube = cube**3
    cube *= raised
    cube *= lot ** (1.0 / shape)
    cube += 1e-300
    return cube
