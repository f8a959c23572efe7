"""What identifiers there are, and how much each proves.

*Strong* identifiers belong to a person: a CRM record, a loyalty card, an e-mail, a phone. Only
they may show that two customer ids are one person. *Weak* ones belong to a thing that people
share (a browser, a telephone, an account name): they only ever attach to a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

CUSTOMER = "customer"
STRONG = ("crm_id", "loyalty_card", "email_sha256", "phone_sha256")
WEAK = ("cookie", "device", "social")
KINDS = (CUSTOMER, *STRONG, *WEAK)
"""Kinds of node. The place in this list is the node's code. Accounts come before contacts, and
what proves more before what proves less: of a link's two ends, the later kind is what is shared."""

CUSTOMER_CODE = 0
ACCOUNT_CODES = (KINDS.index("crm_id"), KINDS.index("loyalty_card"))
N_PERSONAL = 1 + len(STRONG)
"""Codes below this one are customers and strong identifiers."""

_WEIGHTS = MappingProxyType(
    {"crm_id": 2, "loyalty_card": 1, "email_sha256": 2, "phone_sha256": 1},
)


@dataclass(frozen=True)
class Evidence:
    """When identifiers join people.

    Parameters
    ----------
    max_people
        An identifier that touches more distinct people than this (a shop's tablet, a placeholder
        e-mail) joins nobody and is linked to nobody.
    weights
        Points that a shared value of each strong type gives to two customers being one person.
        Each type of which both have values, but none in common, takes one point away. They are
        joined when points remain.
    """

    max_people: int = 5
    weights: Mapping[str, int] = field(default_factory=lambda: _WEIGHTS)

    def __post_init__(self) -> None:
        if self.max_people < 1:
            raise ValueError(f"max_people is {self.max_people}; give 1 or more")
        if set(self.weights) != set(STRONG):
            raise ValueError(f"weights names {sorted(self.weights)}; name each of {STRONG}")

    def points(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return points for, and against, each set of types.

        Returns
        -------
        Two arrays of shape (2 ** n_kinds_personal,), indexed by a bit mask of type codes.
        """
        masks = np.arange(1 << N_PERSONAL)
        bits = np.stack([(masks >> code) & 1 for code in range(1, N_PERSONAL)], axis=1)
        return bits @ np.array([self.weights[name] for name in STRONG]), bits.sum(axis=1)


DEFAULT = Evidence()
