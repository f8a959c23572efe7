"""Who may do what: API keys, their scopes, and the check of one request.

Keys are 32 random bytes, so a plain SHA-256 of them is enough to store: there is nothing to
guess, and a slow password hash would only cost every request a tenth of a second.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping

from features.errors import SettingError
from serving.problems import Problem
from serving.stores.ports import KeyRow, KeyStore

SCOPES = frozenset({"decide", "ingest", "crm", "admin"})


def new_key() -> str:
    """Return a fresh API key: 32 random bytes, safe in a header and in a URL."""
    return secrets.token_urlsafe(32)


def hash_key(key: str) -> str:
    """Return what is stored of a key."""
    return hashlib.sha256(key.encode(errors="surrogateescape")).hexdigest()


def issue_key(keys: KeyStore, scopes: Collection[str], label: str, now: int) -> str:
    """Make a key, store its hash, and return the key: the only time that anyone sees it.

    Raises
    ------
    ValueError
        If a scope does not exist.
    """
    unknown = set(scopes) - SCOPES
    if unknown or not scopes:
        raise ValueError(f"no such scopes: {sorted(unknown)}; there are {sorted(SCOPES)}")
    key = new_key()
    keys.add(KeyRow(hash_key(key), label, frozenset(scopes), now))
    return key


class Gatekeeper:
    """Checks the ``Authorization`` header of each request.

    Parameters
    ----------
    keys
        Stored keys, asked for every request: a key made or revoked elsewhere counts at once.
    setting
        ``NEXTBEST_API_KEYS``, ``scope:key`` pairs separated by commas.

    Raises
    ------
    SettingError
        If the setting cannot be read.
    """

    def __init__(self, keys: KeyStore, setting: str = "") -> None:
        self._keys = keys
        self._fixed = _read_setting(setting)

    def check(self, header: str | None, scopes: Collection[str]) -> None:
        """Let a request pass or refuse it.

        Parameters
        ----------
        header
            The ``Authorization`` header, None when there is none.
        scopes
            Those that open this route, any one of them; ``admin`` opens every route.

        Raises
        ------
        Problem
            401 without a key or with an unknown one, 403 without the scope.
        """
        held = self._scopes(_bearer(header))
        if held is None:
            raise Problem(
                401,
                "unknown_key",
                "The API key is not known here, or it was revoked.",
                remedy="check the key; demo keys are in NEXTBEST_HOME/demo-keys.json",
            )
        if "admin" not in held and not held & set(scopes):
            raise Problem(
                403,
                "missing_scope",
                f"The API key holds {_listed(held)}; this route needs {_listed(scopes)}.",
                remedy=f"use a key with {_listed(scopes)}",
            )

    def _scopes(self, key: str) -> frozenset[str] | None:
        digest = hash_key(key)
        for known, scopes in self._fixed.items():
            if hmac.compare_digest(known, digest):
                return scopes
        row = self._keys.find(digest)
        found = row is not None and hmac.compare_digest(row.key_hash, digest)
        return row.scopes if row is not None and found else None


def _bearer(header: str | None) -> str:
    scheme, _, key = (header or "").strip().partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Problem(
            401,
            "missing_key",
            "The request has no API key.",
            remedy="send the header Authorization: Bearer KEY",
        )
    return key.strip()


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
