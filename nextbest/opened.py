"""The store as commands use it: opened, with the secret that hashes names, and closed again."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from features.errors import HomeError
from features.settings import Settings, ensure_home
from nextbest.terminal import now, settings

if TYPE_CHECKING:
    from serving.stores.opening import Stores


@contextmanager
def opened_stores(s: Settings | None = None) -> "Iterator[Stores]":
    """Open the store of the installation; errors of the store become errors of the command."""
    from serving.privacy.secret import with_pseudonyms
    from serving.stores.opening import open_stores
    from serving.stores.ports import StoreUnavailableError

    s = s or settings()
    ensure_home(s)
    bare = open_stores(s.store_url)
    try:
        yield with_pseudonyms(bare, s)
    except StoreUnavailableError as error:
        raise HomeError(
            f"The store cannot be used ({error}).", "free or start the database, then try again."
        ) from error
    finally:
        bare.close()


def noted(act: str, detail: Mapping[str, object]) -> None:
    """Write down in the audit log what an administrator did in the terminal."""
    from serving.privacy.auditing import note_act

    with opened_stores() as stores:
        note_act(stores, "terminal", act, [], now(), detail)
