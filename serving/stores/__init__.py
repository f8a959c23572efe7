"""What the service remembers: consents, stock, decisions, contacts, keys, links.

Enters: rows of ``serving.stores.ports``. Leaves: the same rows, as they are at this moment.
May touch: one database. Nothing outside this folder writes SQL against it.
"""

from serving.stores.opening import Stores, open_stores

__all__ = ["Stores", "open_stores"]
