"""What identifiers there are, and how much each proves.

*Strong* identifiers belong to a person: a CRM record, a loyalty card, an e-mail, a phone. Only
they may show that two customer ids are one person. *Weak* ones belong to a thing that people
share (a browser, a telephone, an account name): they only ever attach to a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

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
    {"crm_id": 3, "loyalty_card": 2, "email_sha256": 2, "phone_sha256": 1},
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
        Points that sharing an identifier of each strong type gives to two accounts being one
        person: one less if one of the two has another of that type, none if both have. Each type
        of which both have identifiers, but none in common, takes one point away. The defaults let
        one shared e-mail
        or card join two accounts when nothing contradicts, a CRM record also when one thing does,
        and a telephone, which households share, never on its own.
    enough
        Points that join.
    """

    max_people: int = 5
    weights: Mapping[str, int] = field(default_factory=lambda: _WEIGHTS)
    enough: int = 2

    def __post_init__(self) -> None:
        if self.max_people < 1:
            raise ValueError(f"max_people is {self.max_people}; give 1 or more")
        if set(self.weights) != set(STRONG):
            raise ValueError(f"weights names {sorted(self.weights)}; name each of {STRONG}")


DEFAULT = Evidence()
