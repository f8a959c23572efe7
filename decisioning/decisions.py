"""Decisions on actions as arrays, and one customer's decision out of them."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decisioning.arms import ARMS
from decisioning.pricing import shifted
from decisioning.reasons import CODE, PASSED, REASONS
from decisioning.scoring import Terms
from decisioning.slates import NOBODY

Floats = NDArray[np.float64]
Verdicts = NDArray[np.int16]


@dataclass(frozen=True)
class ActionDecision:
    """The decision for one customer over all k actions of the catalogue.

    Parameters
    ----------
    arm
        ``policy``, ``control`` or ``random``.
    verdict
        int16 (k,), positions in ``REASONS``.
    response, strength
        float64 (k,): P(response | shown) without discount, and its weight.
    propensity, low, high
        float64 (k,): P(response | shown) at the chosen discount, and its 90 % interval.
    uplift
        float64 (k,): NaN without control data too.
    discount
        float64 (k,): share of the price.
    price_class
        Position of the price class of each action, -1 for none.
    value, context_weight, lever, gain, priority, drawn
        float64 (k,): the terms, in cents where they are money; ``drawn`` is the priority that
        decided, which exploration draws.
    probability
        float64 (k,): that the action stands in the slate.
    slate
        Positions of the chosen actions, best first.

    Every float is NaN where the action was not allowed.
    """

    arm: str
    verdict: Verdicts
    response: Floats
    strength: Floats
    propensity: Floats
    low: Floats
    high: Floats
    uplift: Floats
    discount: Floats
    price_class: NDArray[np.int8]
    value: Floats
    context_weight: Floats
    lever: Floats
    gain: Floats
    priority: Floats
    drawn: Floats
    probability: Floats
    slate: tuple[int, ...]


_UNGATED = np.array([r.stage in ("arbitration", "control", "slate") for r in REASONS])
"""Verdicts of candidates that passed every gate, chosen or not."""
assert _UNGATED[PASSED]
assert _UNGATED[CODE["budget_spent"]]


@dataclass(frozen=True)
class Decisions:
    """The decisions for m customers over k actions.

    Parameters
    ----------
    arm
        int8 (m,), positions in ``ARMS``.
    verdict
        int16 (m, k), positions in ``REASONS``.
    terms
        What the priorities are made of; computed for every candidate, allowed or not.
    drawn
        float64 (m, k), cents: the priority that decided; NaN where not in play.
    probability
        float64 (m, k): that a candidate stands in the slate; NaN where it was not allowed.
    slate
        int64 (m, n), positions of actions, best first; -1 where it ends.
    """

    arm: NDArray[np.int8]
    verdict: Verdicts
    terms: Terms
    drawn: Floats
    probability: Floats
    slate: NDArray[np.int64]

    @property
    def allowed(self) -> NDArray[np.bool_]:
        """Bool (m, k): passed every gate."""
        return np.asarray(_UNGATED[self.verdict])

    def row(self, i: int) -> ActionDecision:
        """Return one customer's decision."""
        terms, allowed = self.terms, _UNGATED[self.verdict[i]]

        def one(values: Floats) -> Floats:
            own = values[i] if values.ndim == 2 else values
            return np.where(allowed, own, np.nan)

        return ActionDecision(
            arm=ARMS[self.arm[i]],
            verdict=self.verdict[i],
            response=one(terms.response.mean),
            low=one(shifted(terms.response.low, terms.prices.odds)),
            high=one(shifted(terms.response.high, terms.prices.odds)),
            strength=one(terms.response.strength),
            propensity=one(terms.propensity),
            uplift=one(terms.uplift),
            discount=one(terms.prices.discount),
            price_class=terms.prices.price_class[i],
            value=one(terms.value),
            context_weight=one(terms.context_weight),
            lever=one(terms.lever),
            gain=one(terms.gain),
            priority=one(terms.priority),
            drawn=one(self.drawn),
            probability=one(self.probability),
            slate=tuple(int(k) for k in self.slate[i] if k != NOBODY),
        )


def joined(parts: Sequence[Decisions]) -> Decisions:
    """Join the decisions of consecutive blocks, taken with one catalogue and policy."""
    joint: Decisions = _joined(parts)
    return joint


def _joined(parts: Sequence[Any]) -> Any:  # noqa: ANN401 - by the dataclass's own fields
    first = parts[0]
    if isinstance(first, np.ndarray):
        # Columns of the catalogue, (k,), are the same in every part; arms are (m,).
        return first if first.ndim == 1 and first.dtype == np.float64 else np.concatenate(parts)
    fields = [f.name for f in dataclasses.fields(first)]
    return type(first)(**{name: _joined([getattr(p, name) for p in parts]) for name in fields})
