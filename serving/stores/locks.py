"""Locks on the ledgers of customers, for a database of many writers."""

import hashlib
from collections.abc import Collection

from sqlalchemy import BigInteger, Connection, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

_EVERYBODY = 0x6E657874  # the key of the lock on all ledgers at once
# The server has room for some thousand locks of all its clients together.
MOST_AT_ONCE = 200
_KEYS = bindparam("keys", type_=ARRAY(BigInteger))
_ONE_BY_ONE = select(func.pg_advisory_xact_lock(func.unnest(_KEYS).column_valued("key")))
_BESIDE_OTHERS = select(func.pg_advisory_xact_lock_shared(_EVERYBODY))
_ALONE = select(func.pg_advisory_xact_lock(_EVERYBODY))


def hold_customers(connection: Connection, customer_ids: Collection[str]) -> None:
    """Keep other writers off the ledgers of these customers until the transaction ends.

    SQLite has one writer at a time, who has the whole file since BEGIN IMMEDIATE. PostgreSQL has
    many: each takes the locks of its customers, in one order, so that no two wait for each other.
    Who writes about very many customers takes all ledgers, after those who hold some.
    """
    if connection.dialect.name != "postgresql" or not customer_ids:
        return
    keys = sorted(lock_keys(customer_ids))
    if len(keys) > MOST_AT_ONCE:
        connection.execute(_ALONE)
        return
    connection.execute(_BESIDE_OTHERS)
    connection.execute(_ONE_BY_ONE, {"keys": keys})


def lock_keys(customer_ids: Collection[str]) -> set[int]:
    """Return the keys of advisory locks, signed 64-bit; a clash only makes two customers wait."""
    return {
        int.from_bytes(hashlib.blake2b(i.encode(), digest_size=8).digest(), "big", signed=True)
        for i in customer_ids
    }
