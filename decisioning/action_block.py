"""What a decision on actions is taken about: a block of customers, and the situation they share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.calibration import Propensity
from decisioning.consent import ConsentRecord
from decisioning.contact import Contact

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ActionBlock:
    """A block of m customers, all at the same channel and moment.

    Parameters
    ----------
    subjects
        External ids, length m.
    known
        bool (m,): we have this customer.
    columns
        Snapshot columns and scores by name, float64 (m,); NaN is null, and every personal
        column is null for a customer who did not grant ``personalisation``.
    consents, contacts
        Ledgers, length m.
    sellable
        By goal, bool (m,): at least one item of that goal can be sold to this customer now.
    propensities
        By model name, a `Propensity` of shape (m,); NaN where the model could not score.
    """

    subjects: tuple[str, ...]
    known: NDArray[np.bool_]
    columns: Mapping[str, Floats]
    consents: tuple[Sequence[ConsentRecord], ...]
    contacts: tuple[Sequence[Contact], ...]
    sellable: Mapping[str, NDArray[np.bool_]]
    propensities: Mapping[str, Propensity]


@dataclass(frozen=True)
class Situation:
    """What holds for the whole block: where, which way, when, how many, which seed.

    ``as_of`` is epoch seconds UTC; ``utc_offset_s`` the policy time zone's offset then.
    """

    channel: str
    direction: str
    as_of: int
    utc_offset_s: int
    n: int
    seed: int
