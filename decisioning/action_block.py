"""What a decision on actions is taken about: a block of customers, and the situation they share."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.calibration import Propensity, Uplift
from decisioning.consent import ConsentLedger
from decisioning.draws import U64
from decisioning.ledger import ContactLedger

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ActionBlock:
    """A block of m customers, all at the same channel and moment.

    Parameters
    ----------
    subjects
        External ids, length m.
    keys
        uint64 (m,): `subject_keys` of them.
    known
        bool (m,): we have this customer.
    columns
        Snapshot columns and scores by name, float64 (m,); NaN is null, and every personal
        column is null for a customer who did not grant ``personalisation``.
    consents, contacts
        Ledgers of the m customers.
    sellable
        By goal, bool (m,): at least one item of that goal can be sold to this customer now.
    margins
        By goal, float64 (m,): the best margin, a share of the list price, among the items of
        that goal that can be sold to this customer now; NaN or absent for unknown, which bears
        no discount.
    responses
        By model name, a `Propensity` of shape (m,), NaN where the model could not score; and by
        `learned_name`, what the log taught of an action.
    uplifts
        By action_id, an `Uplift` of shape (m,); NaN or absent without control data.
    utc_offset_s
        int64 (m,): offset of each customer's own time zone, seconds east of UTC.
    """

    subjects: tuple[str, ...]
    keys: U64
    known: NDArray[np.bool_]
    columns: Mapping[str, Floats]
    consents: ConsentLedger
    contacts: ContactLedger
    sellable: Mapping[str, NDArray[np.bool_]]
    margins: Mapping[str, Floats]
    responses: Mapping[str, Propensity]
    uplifts: Mapping[str, Uplift]
    utc_offset_s: NDArray[np.int64]

    def rows(self, start: int, stop: int) -> "ActionBlock":
        """Return some customers in a row."""
        if start == 0 and stop >= len(self.subjects):
            return self
        part = slice(start, stop)
        return ActionBlock(
            subjects=self.subjects[part],
            keys=self.keys[part],
            known=self.known[part],
            columns={name: column[part] for name, column in self.columns.items()},
            consents=self.consents.rows(start, stop),
            contacts=self.contacts.rows(start, stop),
            sellable={goal: told[part] for goal, told in self.sellable.items()},
            margins={goal: told[part] for goal, told in self.margins.items()},
            responses={name: p.rows(start, stop) for name, p in self.responses.items()},
            uplifts={name: u.rows(start, stop) for name, u in self.uplifts.items()},
            utc_offset_s=self.utc_offset_s[part],
        )


@dataclass(frozen=True)
class Situation:
    """What holds for the whole block: where, which way, when, how many, which seed.

    ``as_of`` is epoch seconds UTC; ``n`` the length of the slate, at least 1.
    """

    channel: str
    direction: str
    as_of: int
    n: int
    seed: int
