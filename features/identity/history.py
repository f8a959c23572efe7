"""Who was taken for whom, and when: so that an old decision still finds its customer.

``history.parquet`` holds spans: during ``[valid_from, valid_until)`` the identifier, or the
customer id, stood for ``customer_id``. Spans are only ever closed and opened.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from features.identity.laying import lay_persons
from features.identity.rules import CUSTOMER, DEFAULT, Evidence
from features.storage import write_atomically

_COLUMNS = """identifier_type VARCHAR, value VARCHAR, customer_id VARCHAR, valid_from BIGINT,
    valid_until BIGINT"""

_NOW = f"""
create or replace temp table identity_now as
select identifier_type, value, customer_id from links
union all
select '{CUSTOMER}', customer_id, person_id from persons where customer_id <> person_id
"""

# A span that would end where it began, or before (a clock that went back), never held.
_NEXT = """
create or replace temp table identity_next as
with still as (
    select s.*, n.customer_id is not null as holds
    from identity_spans s
    left join identity_now n
        on s.identifier_type = n.identifier_type and s.value = n.value
        and s.customer_id = n.customer_id
    where s.valid_until is null
)
select identifier_type, value, customer_id, valid_from, valid_until
from identity_spans
where valid_until is not null
union all
select identifier_type, value, customer_id, valid_from,
    case when holds then null else $now end
from still
where holds or valid_from < $now
union all
select n.identifier_type, n.value, n.customer_id, $now, null
from identity_now n
anti join still s
    on s.identifier_type = n.identifier_type and s.value = n.value
    and s.customer_id = n.customer_id
"""

_DIFFERENCE = """
select count(*) from (
    (from identity_next except all from identity_spans)
    union all
    (from identity_spans except all from identity_next)
)
"""


@dataclass(frozen=True)
class Span:
    """What an identifier or customer id stood for; ``valid_until`` is None while it still does."""

    identifier_type: str
    value: str
    customer_id: str
    valid_from: int
    valid_until: int | None


def history_path(home: Path) -> Path:
    """Return where the history lies in ``NEXTBEST_HOME``."""
    return home / "identity" / "history.parquet"


def update_history(
    con: DuckDBPyConnection, path: Path, now: int, evidence: Evidence = DEFAULT
) -> int:
    """Resolve identities as of ``now`` and keep what changed; call it after each ingestion.

    Parameters
    ----------
    con
        Connection that holds the canonical tables.
    path
        The history; created when absent, replaced whole or not at all, left alone when nothing
        changed.
    now
        Epoch seconds, UTC. Rows observed at this very second do not count yet.

    Returns
    -------
    Spans opened or closed.
    """
    lay_persons(con, [now], evidence)
    con.execute(_NOW)
    _read(con, path)
    con.execute(_NEXT, {"now": now})
    changed = int(con.execute(_DIFFERENCE).fetchall()[0][0])
    if changed or not path.is_file():
        write_atomically(path, lambda temporary: _write(con, temporary))
    for name in ("identity_now", "identity_next", "identity_spans"):
        con.execute(f"drop table {name}")
    return changed


def _read(con: DuckDBPyConnection, path: Path) -> None:
    con.execute(f"create or replace temp table identity_spans ({_COLUMNS})")
    if path.is_file():
        con.execute("insert into identity_spans from read_parquet($path)", {"path": str(path)})


def _write(con: DuckDBPyConnection, path: Path) -> None:
    con.sql(
        "from identity_next order by identifier_type, value, valid_from, valid_until, customer_id"
    ).write_parquet(str(path), compression="zstd")


class History:
    """The spans, opened for questions.

    Parameters
    ----------
    path
        See :func:`history_path`; a history that does not exist yet knows of no merge.
    """

    def __init__(self, path: Path) -> None:
        self._con = duckdb.connect()
        _read(self._con, path)

    def customer_at(self, value: str, identifier_type: str, moment: int) -> str | None:
        """Return whom an identifier stood for at a moment (epoch s), None for nobody.

        A customer id that was never merged stands for itself.
        """
        rows = self._con.execute(
            "select customer_id from identity_spans where identifier_type = ? and value = ?"
            " and valid_from <= ? and coalesce(valid_until > ?, true) order by valid_from desc",
            [identifier_type, value, moment, moment],
        ).fetchall()
        if rows:
            return str(rows[0][0])
        return value if identifier_type == CUSTOMER else None

    def current_customer(self, customer_id: str) -> str:
        """Return the customer id under which the person behind an old one is known today."""
        rows = self._con.execute(
            "select customer_id from identity_spans"
            " where identifier_type = ? and value = ? and valid_until is null",
            [CUSTOMER, customer_id],
        ).fetchall()
        return str(rows[0][0]) if rows else customer_id

    def spans_of(self, name: str) -> list[Span]:
        """Return every span in which an identifier's value or a customer id has a part."""
        rows = self._con.execute(
            "from identity_spans where value = $name or customer_id = $name"
            " order by valid_from, identifier_type, value",
            {"name": name},
        ).fetchall()
        return [Span(*row) for row in rows]

    def close(self) -> None:
        """Let go of the spans."""
        self._con.close()
