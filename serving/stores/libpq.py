"""Prepared statements on one PostgreSQL connection, without a driver's layers.

Reading one row by its key took 270 to 500 µs of processor time through SQLAlchemy's pool, 37
through a psycopg cursor and 13 so, on one machine, and here every wait has an end.
"""

import select
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from psycopg import Connection, Error, OperationalError, errors, pq

from serving.stores.lines import LineLostError, Row
from serving.stores.ports import StoreUnavailableError

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

WITHIN_S = 2.5
"""Seconds for one answer: a little more than the server's own limit, which says what was slow."""

_BINARY = 1
_READ = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)
_SHUT_DOWN = "57P"  # what states of a server that stops, or starts, begin with
_CANCELLED = "57014"  # the same class, but the connection goes on


def _integer(value: bytes) -> int:
    return int.from_bytes(value, "big", signed=True)


def _double(value: bytes) -> float:
    return float(struct.unpack(">d", value)[0])


# By the type's oid, the same in every PostgreSQL: what the binary form means.
_DECODERS: Mapping[int, Callable[[bytes], Any]] = {
    17: bytes,
    20: _integer,
    21: _integer,
    23: _integer,
    25: bytes.decode,
    701: _double,
    1043: bytes.decode,
}


class LibpqLine:
    """A connection to a server.

    Parameters
    ----------
    connection
        In autocommit: each read sees what was committed before it.
    within_s
        Seconds that one answer may take.
    """

    def __init__(self, connection: "Connection[Any]", within_s: float = WITHIN_S) -> None:
        self._connection = connection
        self._pq = connection.pgconn
        self._within_s = within_s
        self._poll = select.poll()
        self._poll.register(self._pq.socket, select.POLLIN)
        self._prepared: dict[str, bytes] = {}

    def read(self, sql: str, values: Sequence[object]) -> list[Row]:
        """Run a statement with ``$1``, ``$2``, ... for values that are text, integers or None."""
        given = [None if value is None else str(value).encode() for value in values]
        try:
            name = self._prepared.get(sql) or self._prepare(sql)
            self._pq.send_query_prepared(name, given, None, _BINARY)
            return _rows(self._answer())
        except OperationalError as error:
            raise self._unavailable(error) from error

    def write(self, sql: str, values: Sequence[object]) -> None:
        """Run a statement that writes text, integers and bytes; on return it is committed.

        Raises
        ------
        psycopg.IntegrityError
            If a row may not be written; nothing is, then.
        StoreUnavailableError
            If the server does not answer, or not in time: it may have written all or nothing.
        """
        given = [v if isinstance(v, bytes) else str(v).encode() for v in values]
        forms = [int(isinstance(v, bytes)) for v in values]
        try:
            name = self._prepared.get(sql) or self._prepare(sql)
            self._pq.send_query_prepared(name, given, forms, _BINARY)
            self._send_all()
            self._answer()
        except OperationalError as error:
            raise self._unavailable(error) from error

    @property
    def is_lost(self) -> bool:
        """Whether the server has ended the connection: it says so, and speaks unasked only then."""
        return bool(self._connection.closed or self._poll.poll(0))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _prepare(self, sql: str) -> bytes:
        name = b"nextbest_%d" % len(self._prepared)
        self._pq.send_prepare(name, sql.encode())
        self._answer()
        self._prepared[sql] = name
        return name

    def _answer(self) -> "PGresult":
        """Return the first result, once there is no other."""
        ends = time.monotonic() + self._within_s
        found: list[PGresult] = []
        while True:
            self._wait(ends)
            result = self._pq.get_result()
            if result is None:
                break
            found.append(result)
        if not found:
            raise OperationalError("the connection is lost")
        if found[0].status not in _READ:
            raise errors.error_from_result(found[0])
        return found[0]

    def _send_all(self) -> None:
        """Send what the socket does not take at once, and hear what the server says meanwhile."""
        ends = time.monotonic() + self._within_s
        while self._pq.flush():
            self._poll.modify(self._pq.socket, select.POLLIN | select.POLLOUT)
            try:
                self._ready(ends)
            finally:
                self._poll.modify(self._pq.socket, select.POLLIN)

    def _wait(self, ends: float) -> None:
        while self._pq.is_busy():
            self._ready(ends)

    def _ready(self, ends: float) -> None:
        left = ends - time.monotonic()
        if left <= 0 or not self._poll.poll(left * 1000):
            raise StoreUnavailableError(f"no answer within {self._within_s:g} s")
        self._pq.consume_input()

    def _unavailable(self, error: Error) -> StoreUnavailableError:
        state, reason = error.sqlstate or "", str(error).partition("\n")[0]
        stopping = state.startswith(_SHUT_DOWN) and state != _CANCELLED
        if stopping or not state or self._pq.status == pq.ConnStatus.BAD:
            return LineLostError(reason)
        return StoreUnavailableError(reason)


def _rows(result: "PGresult") -> list[Row]:
    columns = [(k, _DECODERS[result.ftype(k)]) for k in range(result.nfields)]
    value = result.get_value
    return [
        tuple(None if (raw := value(row, k)) is None else decode(raw) for k, decode in columns)
        for row in range(result.ntuples)
    ]
