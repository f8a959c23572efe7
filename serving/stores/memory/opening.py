"""All ports over one memory."""

from serving.stores.all_ports import Stores
from serving.stores.memory.consents import MemoryConsents
from serving.stores.memory.decisions import MemoryDecisions
from serving.stores.memory.events import MemoryEvents
from serving.stores.memory.keys import MemoryKeys, MemoryRules
from serving.stores.memory.ledger import MemoryLedger
from serving.stores.memory.people import MemoryLinks, MemoryPersons
from serving.stores.memory.personal import MemoryPersonalData
from serving.stores.memory.privacy import MemoryAudit, MemoryErasures
from serving.stores.memory.state import Memory
from serving.stores.memory.stock import MemoryStock
from serving.stores.stamps import NoStamps


def memory_stores(memory: Memory | None = None) -> Stores:
    """Open a store in memory: an empty one, or one that is there, as another process would."""
    held = memory or Memory()
    return Stores(
        consents=MemoryConsents(held),
        stock=MemoryStock(held),
        decisions=MemoryDecisions(held),
        ledger=MemoryLedger(held),
        events=MemoryEvents(held),
        keys=MemoryKeys(held),
        links=MemoryLinks(held),
        persons=MemoryPersons(held),
        rules=MemoryRules(held),
        audit=MemoryAudit(held),
        erasures=MemoryErasures(held),
        personal=MemoryPersonalData(held),
        stamps=NoStamps(),
        close=lambda: None,
    )
