"""Every port of one process, together."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from serving.stores.ports import (
    AuditLog,
    ConsentStore,
    ContactLedger,
    DecisionLog,
    ErasureStore,
    EventStore,
    KeyStore,
    PersonalData,
    PersonStore,
    ProfileLinks,
    RuleStore,
    StockStore,
)
from serving.stores.pseudonyms import Pseudonyms
from serving.stores.stamps import Stamps


@dataclass(frozen=True)
class Stores:
    """Every store of one process, over one database.

    Parameters
    ----------
    consents, stock, decisions, ledger, events, keys, links, persons, rules
        The ports.
    audit, erasures, personal
        The ports.
    stamps
        Tells which of them need not be read again.
    close
        Releases the connections.
    pseudonyms
        Hashes names; without a secret where the process names nobody.
    """

    consents: ConsentStore
    stock: StockStore
    decisions: DecisionLog
    ledger: ContactLedger
    events: EventStore
    keys: KeyStore
    links: ProfileLinks
    persons: PersonStore
    rules: RuleStore
    audit: AuditLog
    erasures: ErasureStore
    personal: PersonalData
    stamps: Stamps
    close: Callable[[], None]
    pseudonyms: Pseudonyms = field(default_factory=Pseudonyms)

    def erased(self, names: Collection[str]) -> set[str]:
        """Return those of the names whose person was erased; none where no secret is held."""
        if not names or not self.pseudonyms.known:
            return set()
        by_hash = self.pseudonyms.of_many(names)
        return {by_hash[one] for one in self.erasures.known(by_hash)}
