"""From canonical tables to the online store: consents, stock and visitor links."""

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb

from features.links import lay_links
from features.schemas import SIMULATED
from features.storage import write_atomically
from features.tables import data_hashes, open_tables
from serving.stores.opening import Stores
from serving.stores.ports import ConsentRow, LinkRow, PersonRow, StockRow

MARKER = "published.json"
_LINKS = (
    "select l.value, min(l.customer_id), max(i.observed_at) from links l"
    " join identifiers i using (identifier_type, value)"
    " where identifier_type in ('cookie', 'device')"
    " group by l.value having count(distinct l.customer_id) = 1"
)
_PERSONS = "select customer_id, person_id, part_id from persons where customer_id <> person_id"
REFRESH_S = 3 * 86_400
"""A simulated stock feed older than this is sent again, as a real one would be."""
_AT_ONCE = 5000


def publish(tables_dir: Path, stores: Stores, now: int) -> dict[str, int]:
    """Bring the store in step with the tables; does nothing when it already is.

    Simulated stock stands in for a live feed, so its last levels are dated ``now``; real levels
    keep their own time. A consent or a level that arrived by the API and is newer stays.

    Returns
    -------
    Rows sent, by table.
    """
    hashes = data_hashes(tables_dir)
    marker = tables_dir.parent / MARKER
    before = _read_marker(marker)
    con = open_tables(tables_dir, verify=False)
    sent = {}
    for name in ("consents", "identifiers", "stock_levels"):
        digest = hashlib.sha256(hashes.get(name, "").encode()).hexdigest()
        held = before.get(name, {})
        fresh = name != "stock_levels" or now - held.get("at", 0) < REFRESH_S
        # The marker tells what was sent, not where to: a new or restored store gets all of it.
        if held.get("digest") == digest and fresh and _HOLDS[name](con, stores):
            continue
        sent[name] = _SEND[name](con, stores, now, int(held.get("at", 0)))
        before[name] = {"digest": digest, "at": now}
    write_atomically(marker, lambda path: _write(path, json.dumps(before)))
    return sent


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _read_marker(marker: Path) -> dict[str, Any]:
    """Return what was sent when; nothing where that cannot be read, and all is sent again."""
    try:
        held = json.loads(marker.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}


def _consents(con: duckdb.DuckDBPyConnection, stores: Stores, now: int, before: int) -> int:
    del now, before
    rows = con.execute(
        "select customer_id, purpose, channel, status, recorded_at, expires_at, source "
        "from consents order by recorded_at, customer_id, purpose, channel"
    ).fetchall()
    return stores.consents.append([ConsentRow(*row) for row in rows])


def _links(con: duckdb.DuckDBPyConnection, stores: Stores, now: int, before: int) -> int:
    """Send who is who by all that was observed; what stands no longer is dropped."""
    del before
    lay_links(con, [now + 1])
    links = [LinkRow(*row) for row in con.execute(_LINKS).fetchall()]
    persons = [PersonRow(*row) for row in con.execute(_PERSONS).fetchall()]
    return stores.links.replace(links) + stores.persons.replace(persons)


def _stock(con: duckdb.DuckDBPyConnection, stores: Stores, now: int, before: int) -> int:
    """Send the last levels; simulated ones replace only what the simulation sent before."""
    stored, _ = stores.stock.changes_since(0)
    by_api = {(row.item_id, row.location_id) for row in stored if row.as_of != before}
    rows = con.execute(
        """
        select item_id, location_id, quantity, status,
               case when source = $simulated then $now else as_of end
        from (select *, row_number() over (
                partition by item_id, location_id order by as_of desc) as newest
              from stock_levels)
        where newest = 1
        """,
        {"simulated": SIMULATED, "now": now},
    ).fetchall()
    simulated = con.execute("select bool_and(source = ?) from stock_levels", [SIMULATED]).fetchone()
    if before and simulated and simulated[0]:
        rows = [row for row in rows if (row[0], row[1]) not in by_api]
    levels = [StockRow(*row) for row in rows]
    # In portions: whoever else puts stock meanwhile waits for one of them only.
    portions = (levels[k : k + _AT_ONCE] for k in range(0, len(levels), _AT_ONCE))
    return sum(stores.stock.put(portion).accepted for portion in portions)


def _holds_consents(con: duckdb.DuckDBPyConnection, stores: Stores) -> bool:
    some = con.execute("select distinct customer_id from consents limit 100").fetchall()
    return not some or bool(stores.consents.for_customers([row[0] for row in some]))


def _holds_links(con: duckdb.DuckDBPyConnection, stores: Stores) -> bool:
    some = con.execute(
        "select distinct value from identifiers where identifier_type in ('cookie', 'device')"
        " and customer_id is not null limit 1000"
    ).fetchall()
    return not some or bool(stores.links.customers_of([row[0] for row in some]))


def _holds_stock(con: duckdb.DuckDBPyConnection, stores: Stores) -> bool:
    some = con.execute("select item_id from stock_levels limit 1").fetchall()
    return not some or bool(stores.stock.changes_since(0)[0])


_HOLDS = {"consents": _holds_consents, "identifiers": _holds_links, "stock_levels": _holds_stock}
_SEND = {"consents": _consents, "identifiers": _links, "stock_levels": _stock}
