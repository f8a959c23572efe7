"""The store in dictionaries: every port, for tests and trials of one process.

Enters and leaves: what the stores in SQL take and return, bit for bit. Nothing outlives it.
"""

from serving.stores.memory.opening import memory_stores
from serving.stores.memory.state import Memory

__all__ = ["Memory", "memory_stores"]
