"""The terms of a priority: propensity, value net of cost, context weight, lever."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from decisioning.action_block import ActionBlock
from decisioning.calibration import Propensity, from_prior
from decisioning.catalogue import Action
from decisioning.policy import Policy

Floats = NDArray[np.float64]


def propensities(block: ActionBlock, actions: Sequence[Action]) -> Propensity:
    """Propensity (m, k): the model's where it could score, the action's prior elsewhere."""
    m = len(block.subjects)
    mean, low, high = (np.empty((m, len(actions))) for _ in range(3))
    for k, action in enumerate(actions):
        prior = from_prior(action.prior, m)
        model = block.propensities.get(action.model, prior)
        scored = ~np.isnan(model.mean)
        mean[:, k] = np.where(scored, model.mean, prior.mean)
        low[:, k] = np.where(scored, model.low, prior.low)
        high[:, k] = np.where(scored, model.high, prior.high)
    return Propensity(mean, low, high)


def context_weights(actions: Sequence[Action], policy: Policy, channel: str) -> Floats:
    """Weight C of each action on a channel, float64 (k,); 1 where the policy says nothing."""
    return np.array([policy.context_weights.get((channel, a.kind), 1.0) for a in actions])


def priorities(propensity: Floats, actions: Sequence[Action], weights: Floats) -> Floats:
    """Priority (m, k) in cents: (P x value - cost) x C x L.

    Value net of cost, times propensity, context weight and lever: the cost is paid for every
    contact, the value comes with the response only. Doing nothing is worth exactly 0.
    """
    value = np.array([a.value for a in actions])
    cost = np.array([a.cost for a in actions])
    lever = np.array([a.lever for a in actions])
    return np.asarray((propensity * value - cost) * weights * lever)
