"""What the core read of one customer, as a record keeps it, and as a block again.

A record that holds this can be decided anew, by the same rules or by others, long after consents,
contacts and stock have changed. Numbers survive JSON to the last bit; null is NaN.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from decisioning.action_block import ActionBlock, Situation
from decisioning.calibration import Propensity, Uplift
from decisioning.catalogue import CHANNELS, KINDS, OUTCOMES, Action
from decisioning.conditions import Condition, column_names
from decisioning.consent import ConsentLedger, ConsentRecord
from decisioning.draws import subject_keys
from decisioning.ledger import Contact, ContactLedger
from decisioning.policy import Policy

Inputs = Mapping[str, Any]
# Position -1 is a name that none of ours is.
_CHANNELS, _KINDS, _OUTCOMES = (*CHANNELS, ""), (*KINDS, ""), (*OUTCOMES, "")
_PROPENSITY = ("mean", "low", "high", "strength")
_UPLIFT = ("mean", "low", "high")


def columns_read(actions: Iterable[Action], policy: Policy) -> tuple[str, ...]:
    """Return the columns that any condition of these rules reads, in order of their names."""
    conditions: list[Condition | None] = [journey.when for journey in policy.journeys]
    for action in actions:
        conditions += [action.eligible_when, *(c.when for c in action.price_classes)]
    return tuple(sorted(set().union(*(column_names(c) for c in conditions if c is not None))))


def inputs_record(
    block: ActionBlock,
    situation: Situation,
    consents: Sequence[ConsentRecord],
    actions: Sequence[Action],
    columns: Iterable[str],
) -> dict[str, Any]:
    """Return what a decision on a block of one read, as JSON holds it.

    Parameters
    ----------
    consents
        The customer's ledger, from which that of the block was laid out.
    actions
        The catalogue by whose positions the contacts of the block were laid out.
    columns
        Which columns the rules read; the others decided nothing.
    """
    return {
        "subject": block.subjects[0],
        "known": bool(block.known[0]),
        "utc_offset_s": int(block.utc_offset_s[0]),
        "situation": dict(vars(situation)),
        "columns": {name: number(block.columns[name][0]) for name in columns},
        "responses": {k: _terms(p, _PROPENSITY) for k, p in block.responses.items()},
        "uplifts": {k: _terms(u, _UPLIFT) for k, u in block.uplifts.items()},
        "sellable": {goal: bool(told[0]) for goal, told in block.sellable.items()},
        "margins": {goal: number(told[0]) for goal, told in block.margins.items()},
        "consents": [list(vars(one).values()) for one in consents],
        "contacts": _contacts(block.contacts, actions),
    }


def block_of(inputs: Inputs, actions: Sequence[Action]) -> tuple[ActionBlock, Situation]:
    """Lay out recorded inputs as the block of one that they came from.

    Parameters
    ----------
    actions
        The catalogue that will decide: contacts are laid out by its positions.

    Raises
    ------
    KeyError, TypeError
        If the inputs lack a part or have one too many: then something else wrote them.
    """
    contacts = [Contact(*one) for one in inputs["contacts"]]
    block = ActionBlock(
        subjects=(inputs["subject"],),
        keys=subject_keys([inputs["subject"]]),
        known=np.array([inputs["known"]], dtype=np.bool_),
        columns={name: _floats(value) for name, value in inputs["columns"].items()},
        consents=ConsentLedger.of([[ConsentRecord(*one) for one in inputs["consents"]]]),
        contacts=ContactLedger.of([contacts], actions),
        sellable={g: np.array([told], dtype=np.bool_) for g, told in inputs["sellable"].items()},
        margins={goal: _floats(told) for goal, told in inputs["margins"].items()},
        responses={k: Propensity(*_columns(p, 4)) for k, p in inputs["responses"].items()},
        uplifts={k: Uplift(*_columns(u, 3)) for k, u in inputs["uplifts"].items()},
        utc_offset_s=np.array([inputs["utc_offset_s"]], dtype=np.int64),
    )
    return block, Situation(**inputs["situation"])


def _contacts(ledger: ContactLedger, actions: Sequence[Action]) -> list[list[Any]]:
    """Write contacts with names; an action that the catalogue had no longer has none."""
    names = [*(a.action_id for a in actions), ""]
    columns = (ledger.channel, ledger.action, ledger.kind, ledger.outcome, ledger.at)
    return [
        [_CHANNELS[channel], names[action], _KINDS[kind], _OUTCOMES[outcome], at]
        for channel, action, kind, outcome, at in zip(*(c.tolist() for c in columns), strict=True)
    ]


def number(value: float) -> float | None:
    """Return a number JSON can hold: None for NaN."""
    return None if math.isnan(value) else float(value)


def _terms(terms: Propensity | Uplift, names: Sequence[str]) -> list[float | None] | None:
    """Return the terms in the order of ``names``; None where the model could not score."""
    values = [number(getattr(terms, name)[0]) for name in names]
    return None if all(value is None for value in values) else values


def _columns(values: Sequence[float | None] | None, count: int) -> list[np.ndarray[Any, Any]]:
    return [_floats(value) for value in values or [None] * count]


def _floats(value: float | None) -> np.ndarray[Any, Any]:
    return np.array([np.nan if value is None else value], dtype=np.float64)
