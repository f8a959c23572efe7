"""The terms of a priority: propensity or uplift, value net of cost and discount, weight, lever."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.action_block import ActionBlock
from decisioning.calibration import Propensity
from decisioning.compiled import Catalogue
from decisioning.policy import Policy
from decisioning.pricing import Prices, choose_prices

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Terms:
    """What every candidate's priority is made of; m customers, k actions, money in cents.

    Parameters
    ----------
    response
        P(response | shown) without discount, with interval and strength, float64 (m, k).
    uplift
        float64 (m, k): what the contact adds to that probability; NaN without control data.
    uplift_sd
        float64 (m, k): standard deviation of the uplift's posterior.
    prices
        The discount chosen for each candidate.
    propensity
        float64 (m, k): P(response | shown) at the chosen discount.
    value
        float64 (k,): margin of one response at full price, by the policy's weight of the kind.
    context_weight, lever
        float64 (k,).
    gain
        float64 (m, k): what the contact is expected to add, net of its cost and of the discount.
    priority
        float64 (m, k): gain x context weight x lever.
    """

    response: Propensity
    uplift: Floats
    uplift_sd: Floats
    prices: Prices
    propensity: Floats
    value: Floats
    context_weight: Floats
    lever: Floats
    gain: Floats
    priority: Floats


def score(block: ActionBlock, catalogue: Catalogue, policy: Policy, channel: str) -> Terms:
    """Score every candidate.

    With P the propensity, P0 = P - uplift the probability of the same response without contact
    (0 where there are no control data: the response then counts as caused), and P(d) the
    propensity at discount d, the gain is ``(P(d) - P0) x value - P(d) x d x price - cost``.
    The middle term is the discount, paid to those too who would have bought anyway. Doing nothing
    gains exactly 0.
    """
    response = propensities(block, catalogue)
    uplift, deviation = _uplifts(block, catalogue)
    base = baseline(response.mean, uplift)
    value = catalogue.value * np.array([policy.value_weights.get(a.kind, 1.0) for a in catalogue])
    prices = choose_prices(block, catalogue, response.mean, base, value)
    shown = prices.shift(response.mean)
    weights = context_weights(catalogue, policy, channel)
    gain = gains(shown, base, prices.discount, value, catalogue)
    return Terms(
        response=response,
        uplift=uplift,
        uplift_sd=deviation,
        prices=prices,
        propensity=shown,
        value=value,
        context_weight=weights,
        lever=catalogue.lever,
        gain=gain,
        priority=gain * (weights * catalogue.lever),
    )


def propensities(block: ActionBlock, catalogue: Catalogue) -> Propensity:
    """Propensity (m, k): the model's where it could score, the action's prior elsewhere."""
    m, priors = len(block.subjects), catalogue.priors
    mean, low, high, strength = (
        np.repeat(prior[None, :], m, axis=0)
        for prior in (priors.mean, priors.low, priors.high, priors.strength)
    )
    for k, action in enumerate(catalogue):
        model = block.responses.get(action.model)
        if model is not None:
            scored = ~np.isnan(model.mean)
            mean[scored, k] = model.mean[scored]
            low[scored, k] = model.low[scored]
            high[scored, k] = model.high[scored]
            strength[scored, k] = model.strength[scored]
    return Propensity(mean, low, high, strength)


def context_weights(catalogue: Catalogue, policy: Policy, channel: str) -> Floats:
    """Weight C of each action on a channel, float64 (k,); 1 where the policy says nothing."""
    return np.array([policy.context_weights.get((channel, a.kind), 1.0) for a in catalogue])


def baseline(response: Floats, uplift: Floats) -> Floats:
    """P(response | not shown), (m, k): 0 without control data."""
    return np.where(np.isnan(uplift), 0.0, response - uplift)


def gains(
    shown: Floats, base: Floats, discount: Floats, value: Floats, catalogue: Catalogue
) -> Floats:
    """Return what each contact is expected to add, in cents; see `score`. Shapes broadcast."""
    return np.asarray(
        (shown - base) * value - shown * (discount * catalogue.price) - catalogue.cost
    )


_TO_SD = 1.0 / (2.0 * 1.6448536269514722)
"""From the width of a 90 % interval of a normal distribution to its standard deviation."""


def _uplifts(block: ActionBlock, catalogue: Catalogue) -> tuple[Floats, Floats]:
    """Uplift and its standard deviation, (m, k) each; NaN without control data."""
    shape = (len(block.subjects), len(catalogue))
    mean, deviation = np.full(shape, np.nan), np.full(shape, np.nan)
    for k, action in enumerate(catalogue):
        model = block.uplifts.get(action.model)
        if model is not None:
            mean[:, k] = model.mean
            deviation[:, k] = (model.high - model.low) * _TO_SD
    return mean, deviation
