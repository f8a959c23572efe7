"""Everything of an installation that holds a person: the store, the tables, files made from them.

One place knows where to look, for those who want to see their data and those who want them gone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from bundle.erasing import bundles_under, erase_customers, ids_of
from features.erasure.files import erase_comment_scores, erase_from_files, rows_in_files
from features.erasure.names import Names, find_names, identifier_key
from features.erasure.owning import rows_of
from features.erasure.quarantine import erase_quarantined
from features.erasure.tables import erase_rows
from features.errors import HomeError
from features.ingestion.work import only_one
from features.settings import Settings
from features.storage import manifest_version
from features.tables import open_tables
from serving.stores.opening import Stores
from serving.stores.ports import PersonNames

_POLL_S: Final = 0.1
Counts = dict[str, int]
Rows = list[dict[str, object]]


@dataclass(frozen=True)
class Home:
    """The store and the files of an installation.

    Parameters
    ----------
    stores
        With a secret to hash names.
    settings
        None for a service without files.
    """

    stores: Stores
    settings: Settings | None

    def names(self, customer_id: str, now: int) -> Names:
        """Return every name of the person, by the tables and by the store."""
        names = Names(frozenset({customer_id}))
        if self.tables:
            con = open_tables(self.tables, verify=False)
            names = find_names(con, customer_id, now)
            con.close()
        around = self.stores.persons.around(names.customers)
        parts = {row.part_id for row in around if row.customer_id in names.customers}
        also = {row.customer_id for row in around if row.part_id in parts | names.customers}
        names = names.with_visitors(frozenset(also), frozenset())
        links = self.stores.personal.rows(PersonNames(names.customers))["profile_links"]
        mine = {str(r["visitor_id"]) for r in links if r["customer_id"] in names.customers}
        return names.with_visitors(frozenset(), frozenset(mine))

    def table_rows(self, names: Names) -> dict[str, Rows]:
        """Return the person's rows of every canonical table."""
        if not self.tables:
            return {}
        con = open_tables(self.tables, verify=False)
        try:
            return rows_of(con, names)
        finally:
            con.close()

    def file_rows(self, names: Names) -> dict[str, Rows]:
        """Return the person's rows of every file made from the tables, by path."""
        return rows_in_files(self.settings.home, names, self._spared()) if self.settings else {}

    def holds(self, names: Names) -> bool:
        """Tell whether anything at all is held of a person."""
        kept = self.stores.personal.rows(store_names(names))
        if any(kept.values()) or any(self.table_rows(names).values()):
            return True
        return any(names.customers & set(ids_of(folder)) for folder in self.bundles())

    def bundles(self) -> list[Path]:
        """Return the folder of every bundle that lies in the home, and of the one served."""
        if self.settings is None:
            return []
        found = bundles_under(self.settings.home)
        if self.settings.bundle != "registry":
            found.add(Path(self.settings.bundle).expanduser().resolve())
        return sorted(found)

    def erase_files(self, names: Names, wait_s: float) -> dict[str, Counts]:
        """Remove a person from every file; the tables go last but for what hangs on them.

        As long as the tables hold the person, work that was cut short can find the names again.

        Parameters
        ----------
        wait_s
            Seconds to wait for an ingestion that is at work.

        Raises
        ------
        HomeError
            If it is at work longer.
        """
        if self.settings is None:
            return {}
        home, folder = self.settings.home, self.settings.tables
        removed = {}
        with locked(folder, wait_s):
            bundles = {
                _within(home, bundle): erase_customers(bundle, names.customers)
                for bundle in self.bundles()
            }
            removed["bundles"] = {name: n for name, n in bundles.items() if n}
            removed["files"] = erase_from_files(home, names, self._spared())
            removed["quarantine"] = _some(
                "values", erase_quarantined(self.settings.quarantine, names)
            )
            if self.tables:
                removed["tables"] = erase_rows(folder, self.settings.quarantine, names)
                removed["comments"] = _some("scores", erase_comment_scores(folder))
        return removed

    def left_behind(self) -> Names:
        """Return the names of erased persons that files hold still: of work that was cut short."""
        customers = {str(each) for folder in self.bundles() for each in ids_of(folder)}
        pairs: list[tuple[str, str]] = []
        if self.tables:
            con = open_tables(self.tables, verify=False)
            customers |= {str(row[0]) for row in con.execute(_EVERYBODY).fetchall()}
            pairs = [(str(kind), str(value)) for kind, value in con.execute(_PAIRS).fetchall()]
            con.close()
        by_key = {identifier_key(*pair): pair for pair in pairs}
        erased = self.stores.erased([*customers, *by_key])
        mine = frozenset(pair for key, pair in by_key.items() if key in erased)
        return Names(frozenset(customers & erased), mine)

    @property
    def tables(self) -> Path | None:
        """Where the canonical tables are, None where nothing was ingested."""
        held = self.settings is not None and manifest_version(self.settings.tables) is not None
        return self.settings.tables if self.settings and held else None

    def _spared(self) -> list[Path]:
        return [self.settings.tables, self.settings.quarantine] if self.settings else []


_EVERYBODY: Final = " union ".join(
    f"select customer_id from {table} where customer_id is not null"
    for table in ("customers", "transactions", "consents", "exposures", "identifiers")
)
_PAIRS: Final = """
select distinct identifier_type, value from identifiers
union select 'cookie', visitor_id from events
union select 'social', identifier from social_mentions where identifier is not null
"""


def store_names(names: Names) -> PersonNames:
    """Return the names that the store knows."""
    return PersonNames(names.customers, names.visitors)


def _some(name: str, count: int) -> Counts:
    return {name: count} if count else {}


def _within(home: Path, folder: Path) -> str:
    inside = folder.is_relative_to(home)
    return folder.relative_to(home).as_posix() if inside else "the bundle that is served"


@contextmanager
def locked(tables: Path, wait_s: float) -> Iterator[None]:
    """Hold the lock of the tables; wait for it as long as allowed.

    Raises
    ------
    HomeError
        If an ingestion holds it longer.
    """
    until = monotonic() + wait_s
    while True:
        lock = only_one(tables)
        try:
            lock.__enter__()
            break
        except HomeError:
            if monotonic() >= until:
                raise
            sleep(_POLL_S)
    try:
        yield
    finally:
        lock.__exit__(None, None, None)
