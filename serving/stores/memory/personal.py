"""Everything a store in memory holds of persons: for an export, an erasure, an end of a period."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping

from serving.stores.expiry import DAY, DECIDED, chosen
from serving.stores.memory.rows import Key, Row, Tables, drop, read_tables
from serving.stores.memory.state import Memory
from serving.stores.ports import PersonNames, StatisticsRow
from serving.visitors import consent_key

_TIME = {
    "events": "occurred_at",
    "outcomes": "occurred_at",
    "contacts": "at",
    "decisions": "decided_at",
    "request_ids": "at",
    "audit": "at",
}
_OF_DECISIONS = ("request_ids", "contacts", "outcomes", "decisions")


class MemoryPersonalData:
    """``PersonalData`` over every dictionary that names persons."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def rows(self, names: PersonNames) -> dict[str, list[dict[str, object]]]:
        """Return every row of a person, by table; every table of persons is named."""
        with self._memory.lock:
            tables = read_tables(self._memory)
            mine = _owned(names, tables)
            return {name: [tables[name][key] for key in keys] for name, keys in mine.items()}

    def remove(self, names: PersonNames) -> dict[str, int]:
        """Delete every row of a person, all at once or nothing; return how many, by table."""
        with self._memory.lock:
            gone = self._forget(list(_owned(names, read_tables(self._memory))["decisions"]))
            for name, keys in _owned(names, read_tables(self._memory)).items():
                gone[name] += drop(self._memory, name, keys)
        return dict(gone)

    def expire(self, ends: Mapping[str, int], *, dry_run: bool = False) -> dict[str, int]:
        """Delete the rows of each table from before its moment; return how many, by table."""
        gone: Counter[str] = Counter(dict.fromkeys(ends, 0))
        with self._memory.lock:
            for name, time in _TIME.items():
                if name not in ends:
                    continue
                rows = read_tables(self._memory)[name].items()
                old = [key for key, row in rows if row[time] < ends[name]]
                if dry_run:
                    gone[name] += len(old)
                elif name == "decisions":
                    gone.update(self._forget(old))
                else:
                    gone[name] += drop(self._memory, name, old)
        return dict(gone)

    def statistics(self) -> list[StatisticsRow]:
        """Return what is left of decisions that are gone."""
        with self._memory.lock:
            return [StatisticsRow(*key, n) for key, n in sorted(self._memory.statistics.items())]

    def scrub(self) -> str:
        """Say that nothing is on any disk."""
        return "nothing is on a disk"

    def claim(self, fingerprint: int) -> bool:
        """Keep the fingerprint of the secret, once; say whether it is the one that is kept."""
        with self._memory.lock:
            return self._memory.numbers.setdefault("privacy_secret", fingerprint) == fingerprint

    def _forget(self, decision_ids: Collection[str]) -> Counter[str]:
        tables = read_tables(self._memory)
        gone: Counter[str] = Counter()
        for key, count in _counts(tables, set(decision_ids)).items():
            self._memory.statistics[key] = self._memory.statistics.get(key, 0) + count
        for name in _OF_DECISIONS:
            keys = [k for k, row in tables[name].items() if row["decision_id"] in decision_ids]
            gone[name] += drop(self._memory, name, keys)
        return gone


def _owned(names: PersonNames, tables: Tables) -> dict[str, list[Key]]:
    """Return the keys of a person's rows in each table."""
    who, visits = names.customers, names.visitors
    either = who | visits
    stated = who | {consent_key(each) for each in visits}
    decided = {k for k, row in tables["decisions"].items() if row["subject"] in either}
    is_mine: dict[str, Callable[[Row], bool]] = {
        "consents": lambda row: row["customer_id"] in stated,
        "events": lambda row: row["customer_id"] in who or row["visitor_id"] in visits,
        "profile_links": lambda row: row["customer_id"] in who or row["visitor_id"] in visits,
        "profile_persons": lambda row: not who.isdisjoint(row.values()),
        "request_ids": lambda row: row["decision_id"] in decided,
        "contacts": lambda row: row["customer_id"] in either or row["decision_id"] in decided,
        "outcomes": lambda row: row["decision_id"] in decided,
        "decisions": lambda row: row["decision_id"] in decided,
    }
    return {
        name: [key for key, row in tables[name].items() if mine(row)]
        for name, mine in is_mine.items()
    }


def _counts(tables: Tables, ids: set[str]) -> Counter[tuple[int, str, str, str, str, str]]:
    counts: Counter[tuple[int, str, str, str, str, str]] = Counter()
    held: dict[str, tuple[str, str, str]] = {}
    for one in ids:
        row = tables["decisions"][one]
        held[one] = (row["kind"], row["channel"], str(row["body"].get("arm") or ""))
        for action_id in chosen(row["body"]):
            counts[(row["decided_at"] // DAY, *held[one], action_id, DECIDED)] += 1
    for row in tables["outcomes"].values():
        if row["decision_id"] in ids:
            told = (row["action_id"] or "", row["outcome"])
            counts[(row["occurred_at"] // DAY, *held[row["decision_id"]], *told)] += 1
    return counts
