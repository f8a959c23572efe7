"""The terms of a priority: propensity or uplift, value net of cost and discount, weight, lever."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.action_block import ActionBlock
from decisioning.calibration import Propensity
from decisioning.compiled import Catalogue, Spots
from decisioning.policy import Policy
from decisioning.pricing import Prices, choose_prices

Floats = NDArray[np.float64]
_TO_SD = 1.0 / (2.0 * 1.6448536269514722)
"""From the width of a 90 % interval of a normal distribution to its standard deviation."""


@dataclass(frozen=True)
class Terms:
    """What every candidate's priority is made of; m customers, k actions, money in cents.

    Parameters
    ----------
    response
        float64 (m, k): P(response | shown) without discount.
    uplift
        float64 (m, k): what the contact adds to that probability; NaN without control data.
    prices
        The discount chosen for each candidate.
    propensity
        float64 (m, k): P(response | shown) at the chosen discount.
    value
        float64 (k,): margin of one response at full price, by the policy's weight of the kind.
    context_weight, lever
        float64 (k,).
    priority
        float64 (m, k): what the contact is expected to add, net of its cost and of the discount,
        times context weight times lever.
    """

    response: Floats
    uplift: Floats
    prices: Prices
    propensity: Floats
    value: Floats
    context_weight: Floats
    lever: Floats
    priority: Floats


def score(block: ActionBlock, catalogue: Catalogue, policy: Policy, channel: str) -> Terms:
    """Score every candidate.

    With P the propensity, P0 = P - uplift the probability of the same response without contact
    (0 where there are no control data: the response then counts as caused), and P(d) the
    propensity at discount d, the gain is ``(P(d) - P0) x value - P(d) x d x price - cost``.
    The middle term is the discount, paid to those too who would have bought anyway. Doing nothing
    gains exactly 0.
    """
    (response,) = responses(block, catalogue, "mean")
    uplift = uplifts(block, catalogue)
    base = baseline(response, uplift)
    value = catalogue.value * catalogue.of_kinds(policy.value_weights)
    prices = choose_prices(block, catalogue, response, base, value)
    shown = prices.shift(response, catalogue.ladders.position)
    weights = context_weights(catalogue, policy, channel)
    gain = gains(shown, base, prices.discount, value, catalogue)
    return Terms(
        response=response,
        uplift=uplift,
        prices=prices,
        propensity=shown,
        value=value,
        context_weight=weights,
        lever=catalogue.lever,
        priority=gain * (weights * catalogue.lever),
    )


@dataclass(frozen=True)
class Tolls:
    """What the shadow prices of budgets add to the cost of each action, float64 (k,) each.

    Parameters
    ----------
    contact
        Cents a contact.
    cent
        Cents for each cent of contact cost and expected discount.
    """

    contact: Floats
    cent: Floats

    def on(self, terms: Terms, catalogue: Catalogue) -> Floats:
        """Return what each candidate pays, float64 (m, k), cents."""
        return np.asarray(self.contact + self.cent * expected_spend(terms, catalogue))


def expected_spend(terms: Terms, catalogue: Catalogue) -> Floats:
    """Return contact cost and expected discount of each candidate, float64 (m, k), cents."""
    discount = terms.prices.discount * catalogue.price
    return np.asarray(catalogue.cost + terms.propensity * discount)


def responses(block: ActionBlock, catalogue: Catalogue, *parts: str) -> list[Floats]:
    """Return some parts of the propensities without discount, (m, k) each.

    The model's where it could score, elsewhere what the log taught of the action, if anything,
    else its prior.

    Parameters
    ----------
    parts
        Fields of ``Propensity``.
    """
    m = len(block.subjects)
    every = [np.broadcast_to(getattr(catalogue.priors, p), (m, len(catalogue))) for p in parts]
    for told in catalogue.told:
        names = tuple(name for name in told.names if name in block.responses)
        if names:
            found = [block.responses[name] for name in names]
            every = _overlaid(every, found, parts, told.spots(names))
    return every


def _overlaid(
    every: Sequence[Floats], found: Sequence[Propensity], parts: Sequence[str], spots: Spots
) -> list[Floats]:
    """Put what was found, where it is known, over the parts of some actions."""
    unknown = np.isnan(np.array([p.mean for p in found]))
    ours = []
    for part, values in zip(parts, every, strict=True):
        new = np.array([getattr(p, part) for p in found])[spots.source].T
        if unknown.any():
            new = np.where(unknown[spots.source].T, values[:, spots.columns], new)
        ours.append(values.copy())
        ours[-1][:, spots.columns] = new
    return ours


def uplifts(block: ActionBlock, catalogue: Catalogue) -> Floats:
    """Return what each contact adds to P(response), (m, k); NaN without control data."""
    shape = len(block.subjects), len(catalogue)
    if not block.uplifts:
        return np.broadcast_to(np.nan, shape)
    every = np.full(shape, np.nan)
    for action_id, k in catalogue.position.items():
        if action_id in block.uplifts:
            every[:, k] = block.uplifts[action_id].mean
    return every


def uplift_deviations(block: ActionBlock, catalogue: Catalogue) -> Floats:
    """Return the standard deviation of each uplift's posterior, (m, k)."""
    every = np.full((len(block.subjects), len(catalogue)), np.nan)
    for action_id, k in catalogue.position.items():
        model = block.uplifts.get(action_id)
        if model is not None:
            every[:, k] = (model.high - model.low) * _TO_SD
    return every


def context_weights(catalogue: Catalogue, policy: Policy, channel: str) -> Floats:
    """Weight C of each action on a channel, float64 (k,); 1 where the policy says nothing."""
    weights = policy.context_weights
    return catalogue.of_kinds({kind: w for (on, kind), w in weights.items() if on == channel})


def baseline(response: Floats, uplift: Floats) -> Floats:
    """P(response | not shown), (m, k): 0 without control data."""
    if uplift.strides == (0, 0):  # one NaN for everybody: no control data at all
        return np.broadcast_to(0.0, response.shape)
    return np.where(np.isnan(uplift), 0.0, response - uplift)


def gains(
    shown: Floats, base: Floats, discount: Floats, value: Floats, catalogue: Catalogue
) -> Floats:
    """Return what each contact is expected to add, in cents; see `score`. Shapes broadcast."""
    gain = (shown - base) * value
    if discount.strides != (0, 0):
        gain -= shown * (discount * catalogue.price)
    gain -= catalogue.cost
    return np.asarray(gain)
