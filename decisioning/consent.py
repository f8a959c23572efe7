"""The consent gate: purpose x channel, as of a moment. What is unknown is refused."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.catalogue import CHANNELS, PURPOSES
from decisioning.compiled import Catalogue
from decisioning.reasons import CODE, PASSED

Verdicts = NDArray[np.int16]
I64 = NDArray[np.int64]

ANY: Final = "any"
_GRANTED: Final = 0
_REFUSALS: Final = {"denied": CODE["consent_denied"], "withdrawn": CODE["consent_withdrawn"]}
_PURPOSE: Final = {name: code for code, name in enumerate(PURPOSES)}
_CHANNEL: Final = {name: code for code, name in enumerate((*CHANNELS, ANY))}
_NEVER: Final = np.iinfo(np.int64).max


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


@dataclass(frozen=True)
class ConsentLedger:
    """The consent ledgers of m customers as columns.

    Parameters
    ----------
    size
        m.
    group
        int64 (lines,): which part of which customer a line is about, ascending; within a group
        the line that binds comes last: by date, refusal over grant, then sequence.
    owner
        int64 (groups,): the customer of each group, ascending.
    purpose, channel
        int8 (lines,): codes; -1 for a name that is none of ours, which nothing asks for.
    refusal
        int16 (lines,): the verdict of a refusal, a position in ``REASONS``; 0 for a grant.
    recorded_at, expires_at
        int64 (lines,), epoch seconds UTC; the largest number where it never expires.
    """

    size: int
    group: I64
    owner: I64
    purpose: NDArray[np.int8]
    channel: NDArray[np.int8]
    refusal: Verdicts
    recorded_at: I64
    expires_at: I64
    _said: dict[tuple[str, int], Verdicts] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, ledgers: Sequence[Sequence[ConsentRecord]]) -> "ConsentLedger":
        """Lay out what we hold of each customer, in any order."""
        lines = sorted(
            (row, r.part, r.recorded_at, r.status != "granted", r.sequence, k, r)
            for row, ledger in enumerate(ledgers)
            for k, r in enumerate(ledger)
        )
        groups: dict[tuple[int, int], int] = {}
        for row, part, *_ in lines:
            groups.setdefault((row, part), len(groups))
        held = [line[-1] for line in lines]
        return cls(
            size=len(ledgers),
            group=np.array([groups[line[0], line[1]] for line in lines], dtype=np.int64),
            owner=np.array([row for row, _ in groups], dtype=np.int64),
            purpose=np.array([_PURPOSE.get(r.purpose, -1) for r in held], dtype=np.int8),
            channel=np.array([_CHANNEL.get(r.channel, -1) for r in held], dtype=np.int8),
            refusal=np.array([_refusal(r.status) for r in held], dtype=np.int16),
            recorded_at=np.array([r.recorded_at for r in held], dtype=np.int64),
            expires_at=np.array(
                [_NEVER if r.expires_at is None else r.expires_at for r in held], dtype=np.int64
            ),
        )

    def verdicts(self, purpose: str, channel: str, as_of: int) -> Verdicts:
        """Return the verdict of every customer for one purpose and channel.

        The latest line for the channel or for ``any`` channel decides. A refusal binds from the
        moment we hold it, whatever date it bears (a sender's clock may be ahead of ours), and
        wins over a grant of the same second. A grant counts only from its own date. Where a
        person has several parts, each must pass: the first that does not gives the verdict.

        Returns
        -------
        int16 (m,), read only, positions in ``REASONS``: `PASSED`, or why not. Worked out once for
        a channel and a moment.
        """
        known = self._said.get((channel, as_of))
        if known is None:
            known = self._said[channel, as_of] = self._of_purposes(channel, as_of)
        return np.asarray(known[_PURPOSE[purpose]])

    def _of_purposes(self, channel: str, as_of: int) -> Verdicts:
        """Work out the verdicts of every purpose at once, int16 (purposes, m), read only.

        A decision asks for all of them, and one takes as long as all.
        """
        here = (self.channel == _CHANNEL[channel]) | (self.channel == _CHANNEL[ANY])
        binds = (self.refusal != _GRANTED) | (self.recorded_at <= as_of)
        lines = np.flatnonzero((self.purpose >= 0) & here & binds)
        refusal = self.refusal[lines]
        expired = np.where(self.expires_at[lines] <= as_of, CODE["consent_expired"], PASSED)
        of_group = np.full((len(PURPOSES), self.owner.size), CODE["consent_unknown"], np.int16)
        # Of the lines of a group the one that binds comes last, and what is written last stands.
        of_group[self.purpose[lines], self.group[lines]] = np.where(
            refusal != _GRANTED, refusal, expired
        )
        return self._of_customers(of_group)

    def rows(self, start: int, stop: int) -> "ConsentLedger":
        """Return the ledgers of some customers in a row."""
        groups = slice(*np.searchsorted(self.owner, [start, stop]).tolist())
        lines = slice(*np.searchsorted(self.group, [groups.start, groups.stop]).tolist())
        return ConsentLedger(
            size=stop - start,
            group=self.group[lines] - groups.start,
            owner=self.owner[groups] - start,
            purpose=self.purpose[lines],
            channel=self.channel[lines],
            refusal=self.refusal[lines],
            recorded_at=self.recorded_at[lines],
            expires_at=self.expires_at[lines],
        )

    def _of_customers(self, of_group: Verdicts) -> Verdicts:
        """Let a person pass only when each part does; somebody without a line is unknown."""
        verdicts = np.full((len(of_group), self.size), CODE["consent_unknown"], dtype=np.int16)
        verdicts[:, self.owner] = PASSED
        # Written last to first, so that the first part that refuses stands.
        purpose, stopped = (at[::-1] for at in np.nonzero(of_group != PASSED))
        verdicts[purpose, self.owner[stopped]] = of_group[purpose, stopped]
        verdicts.flags.writeable = False
        return verdicts


def consent_gate(
    ledger: ConsentLedger, catalogue: Catalogue, channel: str, direction: str, as_of: int
) -> Verdicts:
    """Gate m customers x k actions.

    When we make the contact (outbound) an action needs its own purpose on the channel. When the
    customer comes to us (inbound) nothing is sent, so ``marketing`` is not at stake, but choosing
    for this person is: ``personalisation`` is needed instead. An action without purpose (doing
    nothing) needs no consent.

    Returns
    -------
    int16 (m, k), positions in ``REASONS``.
    """
    verdicts = np.zeros((ledger.size, len(catalogue)), dtype=np.int16)
    for purpose, asks in catalogue.purposes.items():
        inbound = direction == "inbound" and purpose == "marketing"
        needed = "personalisation" if inbound else purpose
        verdicts[:, asks] = ledger.verdicts(needed, channel, as_of)[:, None]
    return verdicts


def _refusal(status: str) -> int:
    """Return the verdict of a status; what is neither granted nor a refusal we know is unknown."""
    return _GRANTED if status == "granted" else _REFUSALS.get(status, CODE["consent_unknown"])
