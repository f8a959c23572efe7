"""What the service's own log teaches: how often each action is answered, and what it adds.

Every decision is a small experiment whose odds are on record. Where an action was shown, its
responses update the belief that started as the prior in ``actions.yaml``. Where the gates let it
pass, those it was shown to and the control group, to whom it was not, differ by lot only, once
each is weighted by the probability on record: the difference is the uplift.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bundle.contents import LearnedResponses
from decisioning.uplift import UpliftTable

Floats = NDArray[np.float64]
MIN_GROUP: Final = 100
"""Fewer customers than this, contacted or control, tell nothing about the difference."""
MOST_BANDS: Final = 4


class Exposure(NamedTuple):
    """One action that passed every gate in one decision about one customer.

    Parameters
    ----------
    subject, action_id
        Whose, and which.
    propensity
        What was believed of the response.
    discount
        At which discount, a share.
    probability
        That it was shown, as recorded; 0 in the control group.
    shown, control
        Whether it was; whether the customer is in the control group.
    responded
        Whether the customer accepted or bought within the window of outcomes.
    decided_at
        When, epoch seconds; 0 unknown.
    """

    subject: str
    action_id: str
    propensity: float
    discount: float
    probability: float
    shown: bool
    control: bool
    responded: bool
    decided_at: int = 0


@dataclass(frozen=True)
class Lessons:
    """What a log taught: responses of every action shown, uplifts of those with control data."""

    responses: LearnedResponses
    uplifts: dict[str, UpliftTable]


def learn(exposures: Iterable[Exposure]) -> Lessons:
    """Learn from a log.

    A response at a discount is none at the full price, so only contacts without discount count
    for the response rate. For the uplift each customer counts once in each group, with the first
    decision in which the action could have been shown: decisions on one customer are not
    independent.
    """
    by_action: dict[str, list[Exposure]] = defaultdict(list)
    for one in exposures:
        by_action[one.action_id].append(one)
    tables = {name: uplift_table(told) for name, told in sorted(by_action.items())}
    uplifts = {name: table for name, table in tables.items() if table is not None}
    return Lessons(_responses(by_action), uplifts)


def _responses(by_action: dict[str, list[Exposure]]) -> LearnedResponses:
    counted = {
        name: [e.responded for e in told if e.shown and not e.discount]
        for name, told in sorted(by_action.items())
    }
    return LearnedResponses(
        ids=np.array(list(counted), dtype=np.str_),
        shown=np.array([len(told) for told in counted.values()], dtype=np.float64),
        responded=np.array([sum(told) for told in counted.values()], dtype=np.float64),
    )


def uplift_table(exposures: Sequence[Exposure]) -> UpliftTable | None:
    """Compare those shown with the control group, by band of the propensity; None for too few.

    Who is shown an action is weighted by 1 / probability (Horvitz & Thompson 1952), so that they
    stand for everybody the gates let pass, as the control group does. A band's rows are their
    effective number, so that the interval owns up to the weights.
    """
    shown = first_of_each([e for e in exposures if e.shown and e.probability > 0])
    held = first_of_each([e for e in exposures if e.control])
    if min(len(shown), len(held)) < MIN_GROUP:
        return None
    p, q = (np.array([e.propensity for e in group]) for group in (shown, held))
    edges = _edges(p, q)
    weights = np.array([1.0 / e.probability for e in shown])
    answered, bought = (
        np.array([e.responded for e in group], dtype=np.float64) for group in (shown, held)
    )
    bands, of_held = (np.searchsorted(edges, x, side="right") - 1 for x in (p, q))
    total, squares, responses = (
        np.bincount(bands, w, minlength=edges.size)
        for w in (weights, weights**2, weights * answered)
    )
    effective = total**2 / squares
    return UpliftTable(
        edges=edges,
        treated=effective,
        treated_responses=effective * responses / total,
        control=np.bincount(of_held, minlength=edges.size).astype(np.float64),
        control_responses=np.bincount(of_held, bought, minlength=edges.size).astype(np.float64),
    )


def first_of_each(exposures: Sequence[Exposure]) -> list[Exposure]:
    """Return the first of each customer, in order."""
    first: dict[str, Exposure] = {}
    for one in exposures:
        first.setdefault(one.subject, one)
    return list(first.values())


def _edges(shown: Floats, held: Floats) -> Floats:
    """Return as many bands as hold enough of both groups; the first begins at 0."""
    for bands in range(MOST_BANDS, 1, -1):
        inner = np.unique(np.quantile(held, np.arange(1, bands) / bands))
        edges = np.append(0.0, inner[inner > 0])
        counts = [
            np.bincount(np.searchsorted(edges, p, side="right") - 1, minlength=edges.size)
            for p in (shown, held)
        ]
        if min(c.min() for c in counts) >= MIN_GROUP:
            return edges
    return np.zeros(1)
