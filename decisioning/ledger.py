"""The contact ledger of a block as columns, and what counts of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.catalogue import CHANNELS, KINDS, OUTCOMES, RESPONSES, Action
from decisioning.compiled import Catalogue
from decisioning.policy import DAY, ContactLimit, Fatigue

I64 = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_CHANNEL: Final = {name: code for code, name in enumerate(CHANNELS)}
_KIND: Final = {name: code for code, name in enumerate(KINDS)}
_OUTCOME: Final = {name: code for code, name in enumerate(OUTCOMES)}
# A position of -1, an outcome that is none of ours, reads the last one: no answer.
_IS_ANSWER: Final = np.array([name in RESPONSES for name in (*OUTCOMES, "")])
_LONG_AGO: Final = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Contact:
    """One line of the contact ledger of a customer; ``at`` in epoch seconds UTC."""

    channel: str
    action_id: str
    kind: str
    outcome: str
    at: int


@dataclass(frozen=True)
class ContactLedger:
    """The contact ledgers of m customers as columns.

    Parameters
    ----------
    size
        m.
    row
        int64 (lines,): the customer of each line, ascending; ``at`` ascends within a customer.
    at
        int64 (lines,), epoch seconds UTC.
    channel, kind, outcome
        int8 (lines,): positions in `CHANNELS`, `KINDS`, `OUTCOMES`; -1 for another name.
    action
        int64 (lines,): position in the catalogue, -1 for an action that it has no longer.
    """

    size: int
    row: I64
    at: I64
    channel: NDArray[np.int8]
    kind: NDArray[np.int8]
    outcome: NDArray[np.int8]
    action: I64
    _counted: dict[tuple[ContactLimit, int], Mask] = field(
        default_factory=dict, repr=False, compare=False
    )
    _runs: dict[tuple[Fatigue, int], tuple[I64, I64]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @classmethod
    def of(cls, ledgers: Sequence[Sequence[Contact]], actions: Sequence[Action]) -> "ContactLedger":
        """Lay out each customer's contacts, in any order."""
        position = Catalogue.of(actions).position
        lines = [(row, c) for row, ledger in enumerate(ledgers) for c in ledger]
        lines.sort(key=lambda line: (line[0], line[1].at))
        held = [contact for _, contact in lines]
        return cls(
            size=len(ledgers),
            row=np.array([row for row, _ in lines], dtype=np.int64),
            at=np.array([c.at for c in held], dtype=np.int64),
            channel=np.array([_CHANNEL.get(c.channel, -1) for c in held], dtype=np.int8),
            kind=np.array([_KIND.get(c.kind, -1) for c in held], dtype=np.int8),
            outcome=np.array([_OUTCOME.get(c.outcome, -1) for c in held], dtype=np.int8),
            action=np.array([position.get(c.action_id, -1) for c in held], dtype=np.int64),
        )

    def counted(self, limit: ContactLimit, catalogue: Catalogue, as_of: int) -> Mask:
        """Tell which lines a limit counts and may still suppress for, bool (lines,).

        Worked out once: the gate asks, and so does the room for a slate. A line older than
        window and suppression together is of no consequence: whatever it filled is over.
        """
        known = self._counted.get((limit, as_of))
        if known is not None:
            return known
        oldest = as_of - (limit.days + limit.suppress_days) * DAY
        mask = (self.outcome == _OUTCOME[limit.outcome]) & (self.at <= as_of) & (self.at > oldest)
        if limit.channel:
            mask &= self.channel == _CHANNEL[limit.channel]
        if limit.kind:
            mask &= self.kind == _KIND[limit.kind]
        if limit.group:
            mask &= self._among(catalogue.groups == limit.group)
        if limit.action:
            mask &= self._among(catalogue.ids == limit.action)
        self._counted[limit, as_of] = np.asarray(mask)
        return self._counted[limit, as_of]

    def reached(self, limit: ContactLimit, catalogue: Catalogue, as_of: int) -> Mask:
        """Tell for whom a limit suppresses now, bool (m,).

        It was reached at a counted contact when the (count - 1)-th before it lies within the
        window; it then holds for ``suppress_days`` from there, and as long as the window that
        ends now is full, so that no window ever holds more than ``count``.
        """
        held = np.zeros(self.size, dtype=np.bool_)
        lines = np.flatnonzero(self.counted(limit, catalogue, as_of))
        if lines.size < limit.count:
            return held
        row, at, window = self.row[lines], self.at[lines], limit.days * DAY
        first, last = slice(None, lines.size - limit.count + 1), slice(limit.count - 1, None)
        together = (row[last] == row[first]) & (at[last] - at[first] < window)
        suppresses = as_of < at[last] + limit.suppress_days * DAY
        is_full = at[first] > as_of - window
        held[row[last][together & (suppresses | is_full)]] = True
        return held

    def in_window(self, limit: ContactLimit, catalogue: Catalogue, as_of: int) -> I64:
        """Count each customer's contacts within the limit's window that ends now, int64 (m,)."""
        mask = self.counted(limit, catalogue, as_of) & (self.at > as_of - limit.days * DAY)
        return np.bincount(self.row[mask], minlength=self.size)

    def resting(self, outcome: str, days: Floats, as_of: int) -> Mask:
        """Tell which lines still let their action rest, bool (lines,).

        Parameters
        ----------
        outcome
            Only lines with this outcome; empty for any.
        days
            float64 (k + 1,): how long each action of the catalogue rests; 0 in the end, for one
            that it has no longer.
        """
        mask = (self.at <= as_of) & (self.at > as_of - days[self.action] * DAY)
        if outcome:
            mask &= self.outcome == _OUTCOME[outcome]
        return np.asarray(mask)

    def rows(self, start: int, stop: int) -> "ContactLedger":
        """Return the ledgers of some customers in a row."""
        part = slice(*np.searchsorted(self.row, [start, stop]).tolist())
        return ContactLedger(
            size=stop - start,
            row=self.row[part] - start,
            at=self.at[part],
            channel=self.channel[part],
            kind=self.kind[part],
            outcome=self.outcome[part],
            action=self.action[part],
        )

    def unanswered(self, fatigue: Fatigue, as_of: int) -> tuple[I64, I64]:
        """Return the run of contacts since the last answer, and when the last one was.

        Returns
        -------
        int64 (m,) each: how many were shown within ``fatigue.days`` and after the last of
        `RESPONSES`; the time of the last of them, the least number where there is none. Worked
        out once, as `counted` is.
        """
        known = self._runs.get((fatigue, as_of))
        if known is not None:
            return known
        past = self.at <= as_of
        answers = past & _IS_ANSWER[self.outcome]
        answered = np.full(self.size, _LONG_AGO)
        answered[self.row[answers]] = self.at[answers]
        shown = past & (self.outcome == _OUTCOME["shown"]) & (self.at > as_of - fatigue.days * DAY)
        shown &= self.at > answered[self.row]
        latest = np.full(self.size, _LONG_AGO)
        latest[self.row[shown]] = self.at[shown]
        self._runs[fatigue, as_of] = np.bincount(self.row[shown], minlength=self.size), latest
        return self._runs[fatigue, as_of]

    def _among(self, wanted: Mask) -> Mask:
        """Tell which lines are of the wanted actions; one no longer in the catalogue is of none."""
        return np.append(wanted, False)[self.action]
