"""API keys and the rules that decided, in memory."""

from serving.stores.memory.state import Memory
from serving.stores.ports import KeyRow, RulesRow


class MemoryKeys:
    """``KeyStore`` over one dictionary."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def add(self, key: KeyRow) -> None:
        """Add a key or replace the one with the same hash."""
        with self._memory.lock:
            self._memory.keys[key.key_hash] = key

    def find(self, key_hash: str) -> KeyRow | None:
        """Return the key, None when unknown or revoked."""
        with self._memory.lock:
            return self._memory.keys.get(key_hash)

    def revoke(self, key_hash: str) -> bool:
        """Remove a key; say whether there was one."""
        with self._memory.lock:
            return self._memory.keys.pop(key_hash, None) is not None

    def all(self) -> list[KeyRow]:
        """Return every key, oldest first."""
        with self._memory.lock:
            return sorted(
                self._memory.keys.values(), key=lambda key: (key.created_at, key.key_hash)
            )


class MemoryRules:
    """``RuleStore`` over one dictionary."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def keep(self, rules_row: RulesRow) -> bool:
        """Keep the rules of a version, once; say whether they were new."""
        with self._memory.lock:
            new = rules_row.policy_version not in self._memory.rules
            self._memory.rules.setdefault(rules_row.policy_version, rules_row)
        return new

    def get(self, policy_version: str) -> RulesRow | None:
        """Return the rules of a version, None when they were never kept."""
        with self._memory.lock:
            return self._memory.rules.get(policy_version)
