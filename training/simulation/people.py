"""What a policy's weeks leave behind: contacts in the ledger, consents withdrawn."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.catalogue import CHANNELS, KINDS, OUTCOMES, PURPOSES, Action
from decisioning.consent import ConsentLedger
from decisioning.ledger import ContactLedger
from decisioning.policy import DAY
from decisioning.reasons import CODE, PASSED
from training.simulation.noise import generator
from training.simulation.truth_file import TruthSpec

I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]

SHOWN: Final = OUTCOMES.index("shown")
ACCEPTED: Final = OUTCOMES.index("accepted")
PURCHASED: Final = OUTCOMES.index("purchased")
REJECTED: Final = OUTCOMES.index("rejected")
_NEVER: Final = -1
_RECENT: Final = 28 * DAY
_GRANTED_AT: Final = 0
_WITHDRAWN: Final = 2


class People:
    """Ledgers of m customers, as columns that grow by the week.

    Parameters
    ----------
    actions
        The catalogue of the world, length k; contacts hold positions in it.
    channel
        Where every contact is made.
    """

    def __init__(
        self, spec: TruthSpec, actions: Sequence[Action], channel: str, seed: int, m: int
    ) -> None:
        rng = generator(seed, "consents")
        self.m, self._channel = m, CHANNELS.index(channel)
        self.marketing: Mask = rng.random(m) < spec.marketing_granted
        self.personalisation: Mask = rng.random(m) < spec.personalisation_granted
        self._granted = self.marketing.copy()
        self._withdrawn_at = np.full(m, _NEVER, dtype=np.int64)
        self._kinds = np.array([KINDS.index(a.kind) for a in actions], dtype=np.int8)
        self._rows, self._at, self._outcomes, self._done = (
            np.empty(0, dtype=np.int64) for _ in range(4)
        )

    def note(self, rows: I64, actions: I64, outcome: int, at: int) -> None:
        """Write contacts to the ledger: their customers and positions in the catalogue."""
        self._rows = np.append(self._rows, rows)
        self._done = np.append(self._done, actions)
        self._outcomes = np.append(self._outcomes, np.full(rows.size, outcome))
        self._at = np.append(self._at, np.full(rows.size, at))

    def withdraw(self, rows: I64, at: int) -> None:
        """Withdraw the consent to marketing of these customers."""
        self.marketing[rows] = False
        self._withdrawn_at[rows] = at

    def recent(self, as_of: int) -> I64:
        """Count each customer's contacts of the last 28 days, int64 (m,)."""
        counts = (self._outcomes == SHOWN) & (self._at > as_of - _RECENT) & (self._at <= as_of)
        return np.bincount(self._rows[counts], minlength=self.m)

    def contacts(self) -> ContactLedger:
        """Return the contact ledger."""
        order = np.lexsort((self._at, self._rows))
        done = self._done[order]
        return ContactLedger(
            size=self.m,
            row=self._rows[order],
            at=self._at[order],
            channel=np.full(done.size, self._channel, dtype=np.int8),
            kind=self._kinds[done],
            outcome=self._outcomes[order].astype(np.int8),
            action=done,
        )

    def consents(self) -> ConsentLedger:
        """Return the consent ledger: what was granted at the start, and what was withdrawn."""
        parts = (
            (self.personalisation, "personalisation", PASSED),
            (self._granted, "marketing", PASSED),
            (self._withdrawn_at != _NEVER, "marketing", CODE["consent_withdrawn"]),
        )
        rows = np.concatenate([np.flatnonzero(there) for there, *_ in parts])
        sizes = [int(there.sum()) for there, *_ in parts]
        # A stable sort keeps a customer's lines in the order of the parts, which is their date's.
        order = np.argsort(rows, kind="stable")
        of_part = np.repeat(np.arange(len(parts)), sizes)[order]
        rows = rows[order]
        owner, group = np.unique(rows, return_inverse=True)
        at = np.where(of_part == _WITHDRAWN, self._withdrawn_at[rows], _GRANTED_AT)
        return ConsentLedger(
            size=self.m,
            group=group,
            owner=owner,
            purpose=np.array([PURPOSES.index(p) for _, p, _ in parts], dtype=np.int8)[of_part],
            channel=np.full(rows.size, len(CHANNELS), dtype=np.int8),
            refusal=np.array([code for *_, code in parts], dtype=np.int16)[of_part],
            recorded_at=at,
            expires_at=np.full(rows.size, np.iinfo(np.int64).max),
        )
