"""API keys in SQL. Read for every request, so that a revoked key is refused at once."""

from dataclasses import fields
from typing import Any

from sqlalchemy import bindparam, delete, select

from serving.stores.engine import reading, upsert, writing
from serving.stores.ports import KeyRow
from serving.stores.reading import Reader
from serving.stores.tables import api_keys

_COLUMNS = [api_keys.c[field.name] for field in fields(KeyRow)]
_FIND = select(*_COLUMNS).where(api_keys.c.key_hash == bindparam("key_hash"))


class SqlKeys:
    """``KeyStore`` over one table."""

    def __init__(self, reader: Reader) -> None:
        self._engine = reader.engine
        self._find = reader.prepare(_FIND)

    def add(self, key: KeyRow) -> None:
        """Add a key or replace the one with the same hash."""
        values = {**vars(key), "scopes": " ".join(sorted(key.scopes))}
        new = upsert(self._engine, api_keys).values(values)
        with writing(self._engine) as connection:
            connection.execute(new.on_conflict_do_update(index_elements=["key_hash"], set_=values))

    def find(self, key_hash: str) -> KeyRow | None:
        """Return the key, None when unknown or revoked."""
        rows = self._find(key_hash=key_hash)
        return _key(*rows[0]) if rows else None

    def revoke(self, key_hash: str) -> bool:
        """Remove a key; say whether there was one."""
        with writing(self._engine) as connection:
            gone = connection.execute(delete(api_keys).where(api_keys.c.key_hash == key_hash))
        return gone.rowcount > 0

    def all(self) -> list[KeyRow]:
        """Return every key, oldest first."""
        ordered = select(*_COLUMNS).order_by(api_keys.c.created_at, api_keys.c.key_hash)
        with reading(self._engine) as connection:
            return [_key(*row) for row in connection.execute(ordered)]


def _key(key_hash: str, label: str, scopes: str, *times: Any) -> KeyRow:  # noqa: ANN401
    return KeyRow(key_hash, label, frozenset(scopes.split()), *times)
