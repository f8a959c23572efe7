"""The contact policy: caps over sliding windows, cool-downs and quiet hours, one ledger."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.catalogue import Action
from decisioning.policy import DAY, ContactLimit, Policy
from decisioning.reasons import CODE, PASSED

Verdicts = NDArray[np.int16]


@dataclass(frozen=True)
class Contact:
    """One line of the contact ledger of a customer; ``at`` in epoch seconds UTC."""

    channel: str
    action_id: str
    kind: str
    outcome: str
    at: int


def contact_gate(
    ledgers: Sequence[Sequence[Contact]],
    actions: Sequence[Action],
    channel: str,
    direction: str,
    policy: Policy,
    as_of: int,
    utc_offset_s: int,
) -> Verdicts:
    """Gate m customers x k actions on one channel.

    An answer given while the customer is with us (inbound) is not a contact we make, so caps
    and quiet hours do not hold it back; a cool-down does: nothing is asked twice.

    Parameters
    ----------
    ledgers
        Each customer's contacts, length m, in any order.
    utc_offset_s
        Offset of the policy's time zone at ``as_of``, seconds east of UTC.

    Returns
    -------
    int16 array of shape (m, k), positions in ``REASONS``.
    """
    verdicts = np.full((len(ledgers), len(actions)), PASSED, dtype=np.int16)
    outbound = direction == "outbound"
    quiet = outbound and _is_quiet(channel, policy, as_of + utc_offset_s)
    for row, ledger in enumerate(ledgers):
        reached = [x for x in policy.limits if outbound and _is_reached(x, ledger, as_of)]
        for column, action in enumerate(actions):
            if action.kind == "none":
                continue
            if quiet:
                verdicts[row, column] = CODE["quiet_hours"]
            if _is_cooling(action, ledger, as_of):
                verdicts[row, column] = CODE["cool_down"]
            if any(_covers(limit, action, channel) for limit in reached):
                verdicts[row, column] = CODE["contact_cap"]
    return verdicts


def contact_room(
    ledger: Sequence[Contact],
    actions: Sequence[Action],
    channel: str,
    n: int,
    policy: Policy,
    as_of: int,
) -> int:
    """Return how many of n contacts made at once the caps have room for.

    At least one: the gate let the actions pass. A limit on a kind cuts the whole slate when one
    of the actions is of that kind, which keeps ``action_probability`` exact.
    """
    rooms = [
        limit.count - _counted_in_window(limit, ledger, as_of)
        for limit in policy.limits
        if limit.outcome == "shown" and any(_covers(limit, a, channel) for a in actions)
    ]
    return max(1, min([n, *rooms]))


def _counted_in_window(limit: ContactLimit, ledger: Sequence[Contact], as_of: int) -> int:
    since = as_of - limit.days * DAY
    return sum(_counts(limit, c, as_of) and c.at > since for c in ledger)


def _covers(limit: ContactLimit, action: Action, channel: str) -> bool:
    return limit.channel in ("", channel) and limit.kind in ("", action.kind)


def _is_reached(limit: ContactLimit, ledger: Sequence[Contact], as_of: int) -> bool:
    """Tell whether a limit was reached recently enough that it still suppresses.

    It was reached at the time of a counted contact when the (count - 1)-th before it lies
    within the window; it then holds for ``suppress_days`` from that time.
    """
    times = np.sort(np.array([c.at for c in ledger if _counts(limit, c, as_of)], dtype=np.int64))
    if times.size < limit.count:
        return False
    last, first = times[limit.count - 1 :], times[: times.size - limit.count + 1]
    reached = last - first < limit.days * DAY
    return bool(np.any(reached & (as_of < last + limit.suppress_days * DAY)))


def _counts(limit: ContactLimit, contact: Contact, as_of: int) -> bool:
    return (
        contact.outcome == limit.outcome
        and limit.channel in ("", contact.channel)
        and limit.kind in ("", contact.kind)
        and contact.at <= as_of
    )


def _is_cooling(action: Action, ledger: Sequence[Contact], as_of: int) -> bool:
    since = as_of - action.cool_down_days * DAY
    return any(c.action_id == action.action_id and since < c.at <= as_of for c in ledger)


def _is_quiet(channel: str, policy: Policy, local_s: int) -> bool:
    if channel not in policy.quiet_channels or policy.quiet_from == policy.quiet_until:
        return False
    hour = local_s % DAY // 3600
    if policy.quiet_from < policy.quiet_until:
        return policy.quiet_from <= hour < policy.quiet_until
    return hour >= policy.quiet_from or hour < policy.quiet_until
