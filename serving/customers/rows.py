"""Every row of one person in the canonical tables: one reading, of the buckets they lie in.

The rows of a customer lie in one bucket of each table, so this reads a sixteenth of the files.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from string import Formatter
from typing import Any, Final

import duckdb
from duckdb import DuckDBPyConnection

from features.buckets import bucket_count, bucket_of
from features.errors import SourceError
from features.storage import manifest_version
from features.tables import open_tables
from serving.stores.ports import ProfileLinks

Row = dict[str, Any]
_OWN: Final = (
    "customers", "transactions", "consents", "feedback", "feedback_requests", "service_contacts",
    "third_party", "exposures",
)  # fmt: skip
_VISITORS: Final = ("cookie", "device")
_QUERIES: Final[dict[str, str]] = {
    **{name: f"select * from {name} where customer_id in ({{ids}})" for name in _OWN},
    # Of an identifier that several customers share, the others' rows are not theirs to see.
    "identifiers": "select * from identifiers where customer_id in ({ids})"
    " or (customer_id is null and (value in ({values}) or linked_value in ({values})))",
    "events": "select * from events where visitor_id in ({visitors})",
    "outcomes": "select * from outcomes where customer_id in ({ids})"
    " or (customer_id is null and decision_id in"
    " (select decision_id from exposures where customer_id in ({ids})))",
    "social_mentions": "select * from social_mentions where identifier in ({values})",
}
"""Table -> its rows of a person: by customer_id, or by an identifier that is theirs."""
_ATTEMPTS: Final = 3


class CustomerRows:
    """Reads the canonical tables of an installation.

    Parameters
    ----------
    tables
        Where they were ingested to; None, or a folder without any, where the service has none.
    links
        Which visitor is surely which customer.
    """

    def __init__(self, tables: Path | None, links: ProfileLinks) -> None:
        self._tables = tables
        self._links = links

    def of(self, ids: Collection[str]) -> dict[str, list[Row]]:
        """Return table -> rows of a person, in no order; a table without any is left out.

        Parameters
        ----------
        ids
            Every customer_id of the person.

        Raises
        ------
        SourceError
            If the tables are of another version, damaged, or change all the time.
        """
        if self._tables is None or manifest_version(self._tables) is None or not ids:
            return {}
        for attempt in range(_ATTEMPTS):
            try:
                return _read(self._tables, sorted(set(ids)), self._links)
            except duckdb.IOException as error:
                # The manifest was read, and then its files were replaced by another run's.
                if attempt == _ATTEMPTS - 1:
                    raise SourceError(
                        "The tables change while they are read.", "try again in a few seconds."
                    ) from error
        raise AssertionError("unreachable")


def _read(tables: Path, ids: list[str], links: ProfileLinks) -> dict[str, list[Row]]:
    count = bucket_count(tables)
    buckets = {bucket_of(customer, count) for customer in ids}
    con = open_tables(tables, verify=False, bucket=sorted(buckets))
    held = _identifiers(con, ids)
    visitors = _surely(links, ids, [value for kind, value in held if kind in _VISITORS])
    # What a visitor did lies by the visitor, or by a customer whom they were then taken for.
    places = {*visitors, *_ever_linked(con, visitors)}
    others = {bucket_of(place, count) for place in places} - buckets
    given = {"ids": ids, "visitors": visitors, "values": sorted({value for _, value in held})}
    found = {name: _rows(con, query, given) for name, query in _QUERIES.items()}
    con.close()
    if others:
        with open_tables(tables, verify=False, bucket=sorted(others)) as elsewhere:
            found["events"] += _rows(elsewhere, _QUERIES["events"], given)
    return {name: rows for name, rows in found.items() if rows}


def _identifiers(con: DuckDBPyConnection, ids: list[str]) -> list[tuple[str, str]]:
    """Return type and value of each identifier that was said to be these customers'."""
    query = (
        "select distinct identifier_type, value from identifiers"
        f" where customer_id in ({_marks(ids)}) and relation = 'same'"
    )
    return con.execute(query, ids).fetchall()


def _ever_linked(con: DuckDBPyConnection, visitors: list[str]) -> list[str]:
    query = (
        "select distinct customer_id from identifiers"
        f" where customer_id is not null and value in ({_marks(visitors)})"
    )
    return [customer for (customer,) in con.execute(query, visitors).fetchall()]


def _surely(links: ProfileLinks, ids: list[str], visitors: list[str]) -> list[str]:
    """Leave out devices that turned out to be shared, which are linked to nobody or another."""
    owner = links.customers_of(visitors) if visitors else {}
    return sorted({visitor for visitor in visitors if owner.get(visitor) in ids})


def _rows(con: DuckDBPyConnection, query: str, given: Mapping[str, list[str]]) -> list[Row]:
    # The names of parameters in the order in which the query has them.
    order = [name for _, name, _, _ in Formatter().parse(query) if name]
    text = query.format(**{name: _marks(values) for name, values in given.items()})
    answer = con.execute(text, [value for name in order for value in given[name]])
    names = [column[0] for column in answer.description or ()]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def _marks(values: Collection[str]) -> str:
    """Return a place for each value: literals let DuckDB skip what cannot match."""
    return ", ".join("?" * len(values)) or "null"
