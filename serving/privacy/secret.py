"""The secret with which names are hashed: from a setting, else a file that only its owner reads."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from features.errors import HomeError, SettingError
from features.settings import Settings
from serving.stores.opening import Stores
from serving.stores.pseudonyms import Pseudonyms

VARIABLE = "NEXTBEST_AUDIT_SECRET"
FILE = "privacy.key"
_LEAST = 16


def with_pseudonyms(
    stores: Stores, settings: Settings, environ: Mapping[str, str] | None = None
) -> Stores:
    """Give the stores the secret of the installation; it is made when there is none yet.

    Where several machines share a store, each must have the same secret: the setting.

    Raises
    ------
    SettingError
        If the setting is too short, or the store was written with another secret.
    HomeError
        If the file cannot be read or made.
    """
    env = os.environ if environ is None else environ
    told = env.get(VARIABLE, "")
    path = settings.home / FILE
    secret = _of_setting(told) if told else _of_file(path)
    bound = replace(stores, pseudonyms=Pseudonyms(secret))
    if not stores.personal.claim(bound.pseudonyms.fingerprint()):
        where = VARIABLE if told else str(path)
        raise SettingError(
            f"{where} is not the secret with which this store hashes names.",
            f"restore {path}, or set {VARIABLE} to what the other machines have.",
        )
    return bound


def with_own_secret(stores: Stores) -> Stores:
    """Give stores without a secret one that ends with the process."""
    if stores.pseudonyms.known:
        return stores
    return replace(stores, pseudonyms=Pseudonyms(secrets.token_bytes(32)))


def _of_setting(told: str) -> bytes:
    if len(told) < _LEAST:
        raise SettingError(
            f"{VARIABLE} has {len(told)} characters.", f"use {_LEAST} or more, drawn at random."
        )
    return told.encode()


def _of_file(path: Path) -> bytes:
    try:
        if not path.exists():
            _make(path)
        return path.read_bytes()
    except OSError as error:
        raise HomeError(
            f"{path} cannot be read or made ({error.strerror}).",
            f"mend its permissions, or set {VARIABLE}.",
        ) from error


def _make(path: Path) -> None:
    """Make the file whole or not at all; of two processes at once, one's secret stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(secrets.token_hex(32).encode())
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(new, path)
    except FileExistsError:  # another process was first
        return
    finally:
        new.unlink()
