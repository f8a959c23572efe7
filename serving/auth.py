"""Who may do what: API keys, their scopes, and the check of one request.

Keys are 32 random bytes, so a plain SHA-256 of them is enough to store: there is nothing to
guess, and a slow password hash would only cost every request a tenth of a second.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import NamedTuple

from features.errors import SettingError
from serving.problems import Problem
from serving.stores.ports import KeyRow, KeyStore

SCOPES = frozenset({"decide", "ingest", "crm", "admin"})
_ID_BYTES = 4
_SETTING = "setting"


class Caller(NamedTuple):
    """Who sent a request: the id of its key, never the key; ``label`` is what people call it."""

    key_id: str
    label: str = ""

    @property
    def name(self) -> str:
        """Return what the audit log keeps."""
        return f"{self.label} ({self.key_id})" if self.label else self.key_id


class _Held(NamedTuple):
    digest: str
    caller: Caller
    scopes: frozenset[str]
    expires_at: int | None = None


def new_key() -> str:
    """Return a fresh API key: 32 random bytes, safe in a header and in a URL."""
    return secrets.token_urlsafe(32)


def hash_key(key: str) -> str:
    """Return what is stored of a key."""
    return hashlib.sha256(key.encode(errors="surrogateescape")).hexdigest()


def name_of(row: KeyRow) -> str:
    """Return the id by which people and the audit log name a key."""
    return row.key_id or row.key_hash[: 2 * _ID_BYTES]


def issue_key(
    keys: KeyStore,
    scopes: Collection[str],
    label: str,
    now: int,
    expires_at: int | None = None,
) -> str:
    """Make a key, store its hash, and return the key: the only time that anyone sees it.

    Parameters
    ----------
    expires_at
        Epoch seconds from which on it opens nothing; None for never.

    Raises
    ------
    ValueError
        If a scope does not exist.
    """
    unknown = set(scopes) - SCOPES
    if unknown or not scopes:
        raise ValueError(f"no such scopes: {sorted(unknown)}; there are {sorted(SCOPES)}")
    key = new_key()
    key_id = secrets.token_hex(_ID_BYTES)
    keys.add(KeyRow(hash_key(key), label, frozenset(scopes), now, expires_at, key_id))
    return key


def rotate_key(keys: KeyStore, old: KeyRow, now: int, grace_s: int) -> str:
    """Make a key with the scopes and the label of an old one, which then soon ends.

    Parameters
    ----------
    grace_s
        Seconds for which the old key still opens what it did; its own end stands if it is
        sooner.
    """
    life = None if old.expires_at is None else old.expires_at - old.created_at
    key = issue_key(keys, old.scopes, old.label, now, None if life is None else now + life)
    ends = now + grace_s if old.expires_at is None else min(now + grace_s, old.expires_at)
    keys.add(replace(old, expires_at=ends))
    return key


class Gatekeeper:
    """Checks the ``Authorization`` header of each request.

    Parameters
    ----------
    keys
        Stored keys, asked for every request: a key made or revoked elsewhere counts at once.
    setting
        ``NEXTBEST_API_KEYS``, ``scope:key`` pairs separated by commas.
    clock
        Epoch seconds UTC, for keys that end; without one no key ends.

    Raises
    ------
    SettingError
        If the setting cannot be read.
    """

    def __init__(
        self, keys: KeyStore, setting: str = "", clock: Callable[[], int] = lambda: 0
    ) -> None:
        self._keys = keys
        self._fixed = [
            _Held(digest, Caller(f"{_SETTING}-{digest[: 2 * _ID_BYTES]}"), scopes)
            for digest, scopes in _read_setting(setting).items()
        ]
        self._clock = clock

    def check(self, header: str | None, scopes: Collection[str]) -> Caller:
        """Let a request pass or refuse it.

        Parameters
        ----------
        header
            The ``Authorization`` header, None when there is none.
        scopes
            Those that open this route, any one of them; ``admin`` opens every route.

        Returns
        -------
        Who it is, for the audit log.

        Raises
        ------
        Problem
            401 without a key, with an unknown one or one that has ended; 403 without the scope.
        """
        held = self._held(_bearer(header))
        if held is None:
            raise Problem(
                401,
                "unknown_key",
                "The API key is not known here, or it was revoked.",
                remedy="check the key; demo keys are in NEXTBEST_HOME/demo-keys.json",
            )
        if held.expires_at is not None and held.expires_at <= self._clock():
            raise Problem(
                401,
                "expired_key",
                f"The API key {held.caller.key_id} has ended.",
                remedy="ask for its successor (`nextbest keys rotate`)",
            )
        if "admin" not in held.scopes and held.scopes.isdisjoint(scopes):
            raise Problem(
                403,
                "missing_scope",
                f"The API key holds {_listed(held.scopes)}; this route needs {_listed(scopes)}.",
                remedy=f"use a key with {_listed(scopes)}",
            )
        return held.caller

    def _held(self, key: str) -> _Held | None:
        digest = hash_key(key)
        for held in self._fixed:
            if hmac.compare_digest(held.digest, digest):
                return held
        row = self._keys.find(digest)
        if row is None or not hmac.compare_digest(row.key_hash, digest):
            return None
        return _Held(digest, Caller(name_of(row), row.label), row.scopes, row.expires_at)


def _bearer(header: str | None) -> str:
    scheme, _, rest = (header or "").strip().partition(" ")
    key = rest.strip()
    if scheme.lower() != "bearer" or not key:
        raise Problem(
            401,
            "missing_key",
            "The request has no API key.",
            remedy="send the header Authorization: Bearer KEY",
        )
    return key


def _listed(scopes: Collection[str]) -> str:
    return " or ".join(sorted(scopes)) or "no scope"


def _read_setting(text: str) -> Mapping[str, frozenset[str]]:
    keys: dict[str, frozenset[str]] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        scope, _, key = pair.partition(":")
        if scope not in SCOPES or len(key) < 16:
            # The value is not shown: it may hold a key.
            raise SettingError(
                "NEXTBEST_API_KEYS holds a part that is not scope:key.",
                f"write scope:key,scope:key with scopes {', '.join(sorted(SCOPES))} "
                "and keys of at least 16 characters.",
            )
        keys[hash_key(key)] = keys.get(hash_key(key), frozenset()) | {scope}
    return keys
