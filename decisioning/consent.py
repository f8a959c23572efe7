"""The consent gate: purpose x channel, as of a moment. What is unknown is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.reasons import CODE, PASSED

ANY: Final = "any"
_REFUSALS: Final = {"denied": CODE["consent_denied"], "withdrawn": CODE["consent_withdrawn"]}


@dataclass(frozen=True)
class ConsentRecord:
    """One line of a customer's consent ledger; times in epoch seconds UTC.

    ``part`` tells apart customer ids that are only likely to be one person: consent never goes
    from one part to another. A record without purpose says no more than that its part exists.
    """

    purpose: str
    channel: str
    status: str
    recorded_at: int
    expires_at: int | None = None
    sequence: int = 0
    part: int = 0


def verdict(records: Sequence[ConsentRecord], purpose: str, channel: str, as_of: int) -> int:
    """Return the verdict for one customer, purpose and channel.

    The latest record for the channel or for ``any`` channel decides. A refusal binds from the
    moment we hold it, whatever date it bears (a sender's clock may be ahead of ours), and wins
    over a grant of the same second. A grant counts only from its own date. Where a person has
    several parts, each must pass: the first that does not gives the verdict.

    Parameters
    ----------
    records
        What we hold of this customer, in any order.

    Returns
    -------
    A position in ``REASONS``: `PASSED`, or why not.
    """
    if any(r.part for r in records):
        for part in sorted({r.part for r in records}):
            one = _verdict([r for r in records if r.part == part], purpose, channel, as_of)
            if one != PASSED:
                return one
        return PASSED
    return _verdict(records, purpose, channel, as_of)


def _verdict(records: Sequence[ConsentRecord], purpose: str, channel: str, as_of: int) -> int:
    held = [
        r
        for r in records
        if r.purpose == purpose
        and r.channel in (channel, ANY)
        and (r.status != "granted" or r.recorded_at <= as_of)
    ]
    if not held:
        return CODE["consent_unknown"]
    last = max(held, key=lambda r: (r.recorded_at, r.status != "granted", r.sequence))
    if last.status != "granted":
        return _REFUSALS.get(last.status, CODE["consent_unknown"])
    if last.expires_at is not None and last.expires_at <= as_of:
        return CODE["consent_expired"]
    return PASSED


def consent_gate(
    records: Sequence[Sequence[ConsentRecord]],
    purposes: Sequence[str],
    channel: str,
    direction: str,
    as_of: int,
) -> NDArray[np.int16]:
    """Gate m customers x k candidates.

    When we make the contact (outbound) a candidate needs its own purpose on the channel. When
    the customer comes to us (inbound) nothing is sent, so ``marketing`` is not at stake, but
    choosing for this person is: `personalisation` is needed instead.

    Parameters
    ----------
    records
        Ledger of each customer, length m.
    purposes
        Purpose of each candidate, length k; empty needs no consent (doing nothing).

    Returns
    -------
    int16 array of shape (m, k), positions in ``REASONS``.
    """
    needed = [_needed(p, direction) for p in purposes]
    verdicts = np.full((len(records), len(needed)), PASSED, dtype=np.int16)
    for row, held in enumerate(records):
        known = {p: verdict(held, p, channel, as_of) for p in set(needed) if p}
        verdicts[row] = [known.get(p, PASSED) for p in needed]
    return verdicts


def _needed(purpose: str, direction: str) -> str:
    return "personalisation" if direction == "inbound" and purpose == "marketing" else purpose
