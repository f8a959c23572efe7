"""The contact policy: caps over sliding windows, cool-downs, fatigue, quiet hours, journeys."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from decisioning.compiled import Catalogue
from decisioning.ledger import ContactLedger
from decisioning.policy import DAY, Journey, Policy
from decisioning.reasons import CODE

Verdicts = NDArray[np.int16]
Mask = NDArray[np.bool_]
I64 = NDArray[np.int64]
Floats = NDArray[np.float64]


def contact_gate(
    ledger: ContactLedger,
    catalogue: Catalogue,
    channel: str,
    direction: str,
    policy: Policy,
    as_of: int,
    utc_offset_s: I64,
) -> Verdicts:
    """Gate m customers x k actions on one channel, by what happened between us so far.

    An answer given while the customer is with us (inbound) is not a contact we make, so caps,
    fatigue and quiet hours do not hold it back; a cool-down does: nothing is asked twice.

    Parameters
    ----------
    utc_offset_s
        Offset of each customer's time zone at ``as_of``, int64 (m,), seconds east of UTC.

    Returns
    -------
    int16 (m, k), positions in ``REASONS``. Later lines are the stronger reasons.
    """
    verdicts = np.zeros((ledger.size, len(catalogue)), dtype=np.int16)
    acts = ~catalogue.is_none
    if direction == "outbound" and channel in policy.quiet_channels:
        quiet = _is_quiet(policy, as_of + utc_offset_s)
        _refuse(verdicts, quiet, acts, "quiet_hours")
    if ledger.row.size == 0:
        return verdicts
    verdicts[_is_cooling(ledger, catalogue, as_of) & acts] = CODE["cool_down"]
    if direction == "outbound":
        _refuse(verdicts, _is_tired(ledger, policy, as_of), acts, "fatigue")
        for limit in policy.limits:
            held = ledger.reached(limit, catalogue, as_of)
            _refuse(verdicts, held, catalogue.covered(limit, channel), "contact_cap")
    return verdicts


def _refuse(verdicts: Verdicts, customers: Mask, actions: Mask, code: str) -> None:
    """Write a verdict for these customers, (m,) or () for all, and these actions (k,)."""
    if customers.any():
        np.copyto(verdicts, CODE[code], where=customers[..., None] & actions, casting="same_kind")


def journey_gate(
    columns: Mapping[str, Floats], m: int, catalogue: Catalogue, journeys: Sequence[Journey]
) -> Verdicts:
    """Gate m customers x k actions: what must not be interrupted is not, in either direction.

    Somebody of whom it is unknown whether they are in the journey counts as being in it.
    """
    verdicts = np.zeros((m, len(catalogue)), dtype=np.int16)
    for journey in journeys:
        held = ~journey.holds(columns).false
        _refuse(verdicts, held, catalogue.waiting(journey), "journey")
    return verdicts


def contact_room(
    ledger: ContactLedger,
    catalogue: Catalogue,
    allowed: Mask,
    channel: str,
    policy: Policy,
    n: int,
    as_of: int,
) -> I64:
    """Return how many of n contacts made at once the caps have room for, int64 (m,).

    At least one: the gate let the actions pass. A limit on a kind cuts the whole slate of
    whoever may get an action of that kind, which keeps ``action_probability`` simple to state.

    Parameters
    ----------
    allowed
        bool (m, k): passed every gate.
    """
    room = np.full(ledger.size, n)
    for limit in policy.limits:
        covered = catalogue.covered(limit, channel)
        if limit.outcome == "shown" and covered.any():
            left = limit.count - ledger.in_window(limit, catalogue, as_of)
            np.minimum(room, left, out=room, where=(allowed & covered).any(axis=1))
    if policy.fatigue is not None:
        run, _ = ledger.unanswered(policy.fatigue, as_of)
        room = np.minimum(room, policy.fatigue.unanswered - run)
    return np.asarray(np.maximum(1, room))


def _is_cooling(ledger: ContactLedger, catalogue: Catalogue, as_of: int) -> Mask:
    """Tell which action still rests for whom, bool (m, k)."""
    cooling = np.zeros((ledger.size, len(catalogue)), dtype=np.bool_)
    for outcome, days in catalogue.rests.items():
        lines = np.flatnonzero(ledger.resting(outcome, days, as_of))
        cooling[ledger.row[lines], ledger.action[lines]] = True
    return cooling


def _is_tired(ledger: ContactLedger, policy: Policy, as_of: int) -> Mask:
    """Tell who had too many contacts in a row without an answer, bool (m,)."""
    if policy.fatigue is None:
        return np.zeros(ledger.size, dtype=np.bool_)
    run, last = ledger.unanswered(policy.fatigue, as_of)
    rests = last > as_of - policy.fatigue.suppress_days * DAY
    return np.asarray((run >= policy.fatigue.unanswered) & rests)


def _is_quiet(policy: Policy, local_s: I64) -> Mask:
    """Tell for whom it is a quiet hour, bool (m,)."""
    hour = local_s % DAY // 3600
    start, until = policy.quiet_from, policy.quiet_until
    if start <= until:
        return (start <= hour) & (hour < until)
    return (hour >= start) | (hour < until)
