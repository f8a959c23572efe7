"""Decisions on actions as arrays, and one customer's decision out of them."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decisioning.action_block import ActionBlock
from decisioning.arms import ARMS
from decisioning.compiled import Catalogue
from decisioning.pricing import shifted
from decisioning.reasons import REASONS
from decisioning.scoring import Terms, baseline, gains, responses
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


@dataclass(frozen=True)
class Decisions:
    """The decisions for m customers over k actions.

    Parameters
    ----------
    block, catalogue
        What was decided on, and by which actions.
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

    block: ActionBlock
    catalogue: Catalogue
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
        terms, catalogue = self.terms, self.catalogue
        allowed, one = _UNGATED[self.verdict[i]], self.block.rows(i, i + 1)
        parts = responses(one, catalogue, "strength", "low", "high")
        base = baseline(terms.response[i : i + 1], terms.uplift[i : i + 1])[0]
        discount = terms.prices.discount[i]
        # In one piece: to mask each by itself takes much longer.
        told = np.array(
            [
                terms.response[i],
                parts[0][0],
                terms.propensity[i],
                *shifted(np.concatenate(parts[1:]), terms.prices.odds[i]),
                terms.uplift[i],
                discount,
                terms.value,
                terms.context_weight,
                terms.lever,
                gains(terms.propensity[i], base, discount, terms.value, catalogue),
                terms.priority[i],
                self.drawn[i],
                self.probability[i],
            ]
        )
        told[:, ~allowed] = np.nan
        response, strength, propensity, low, high, uplift, discount = told[:7]
        value, context_weight, lever, gain, priority, drawn, probability = told[7:]
        return ActionDecision(
            arm=ARMS[self.arm[i]],
            verdict=self.verdict[i],
            response=response,
            strength=strength,
            propensity=propensity,
            low=low,
            high=high,
            uplift=uplift,
            discount=discount,
            price_class=terms.prices.price_class[i],
            value=value,
            context_weight=context_weight,
            lever=lever,
            gain=gain,
            priority=priority,
            drawn=drawn,
            probability=probability,
            slate=tuple(k for k in self.slate[i].tolist() if k != NOBODY),
        )


def joined(parts: Sequence[Decisions], block: ActionBlock) -> Decisions:
    """Join the decisions of consecutive parts of a block, by one catalogue and policy."""
    names = ("arm", "verdict", "terms", "drawn", "probability", "slate")
    fields = {name: _joined([getattr(part, name) for part in parts]) for name in names}
    return Decisions(block, parts[0].catalogue, **fields)


def _joined(parts: Sequence[Any]) -> Any:  # noqa: ANN401 - by the dataclass's own fields
    first = parts[0]
    if not isinstance(first, np.ndarray):
        names = [f.name for f in dataclasses.fields(first)]
        return type(first)(**{name: _joined([getattr(p, name) for p in parts]) for name in names})
    if first.ndim == 1 and first.dtype == np.float64:
        return first  # a column of the catalogue, (k,), is the same in every part; arms are (m,)
    if first.ndim == 2 and first.strides[0] == 0 and all(p.strides[0] == 0 for p in parts):
        # One row for everybody stays one row, however many customers there are.
        return np.broadcast_to(first[:1], (sum(len(p) for p in parts), first.shape[1]))
    return np.concatenate(parts)
