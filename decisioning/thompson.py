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
    alpha = np.maximum(mean * strength, 1e-9)[:, None]
    beta = np.maximum((1.0 - mean) * strength, 1e-9)[:, None]
    x = _gamma(alpha, mixed(keys, np.uint64(1)), mixed(keys, np.uint64(2)))
    y = _gamma(beta, mixed(keys, np.uint64(3)), mixed(keys, np.uint64(4)))
    return np.asarray(x / (x + y))


def normal_draws(mean: Floats, deviation: Floats, keys: U64) -> Floats:
    """Draw from normal distributions: (c,), (c,), uint64 (c, r) to float64 (c, r)."""
    return np.asarray(mean[:, None] + deviation[:, None] * _normal(keys))


def _gamma(shape: Floats, for_normal: U64, for_boost: U64) -> Floats:
    raised = shape + 1.0
    cube = 1.0 - 1.0 / (9.0 * raised) + _normal(for_normal) / (3.0 * np.sqrt(raised))
    boost = (uniform(for_boost) + _HALF_STEP) ** (1.0 / shape)
    return np.asarray(raised * np.maximum(cube, 1e-3) ** 3 * boost + 1e-300)


def _normal(keys: U64) -> Floats:
    return np.asarray(ndtri(uniform(keys) + _HALF_STEP))
