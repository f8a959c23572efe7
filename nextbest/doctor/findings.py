"""What a check of an installation looks at, and what it finds."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeVar

from features.errors import NextbestError, RegistryError
from features.settings import Settings

if TYPE_CHECKING:
    from bundle.contents import Bundle
    from serving.stores.opening import Stores

_Opened = TypeVar("_Opened")
Severity = Literal["ok", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """One thing that a check found.

    Parameters
    ----------
    check
        What was looked at, one word.
    severity
        ``error`` keeps the service from doing its work; a ``warning`` is probably not meant.
    message
        What holds, with the value.
    remedy
        What to do; empty where all is well.
    """

    check: str
    severity: Severity
    message: str
    remedy: str = ""


Found = Iterator[Finding]


@dataclass
class Site:
    """An installation; what is in it is opened when a check first asks.

    Parameters
    ----------
    settings, environ
        As this process would run with.
    now
        Epoch seconds UTC.
    """

    settings: Settings
    environ: Mapping[str, str]
    now: int

    @cached_property
    def champion(self) -> "Bundle | NextbestError":
        """The bundle that would be served, or what is wrong with it."""
        from bundle.files import read_bundle
        from serving.registry import find_bundle

        return _or_fault(lambda: read_bundle(find_bundle(self.settings)))

    @cached_property
    def stores(self) -> "Stores | NextbestError":
        """The open store, or what is wrong with it."""
        from serving.stores.opening import open_stores
        from serving.stores.ports import StoreUnavailableError

        try:
            return _or_fault(lambda: open_stores(self.settings.store_url))
        except StoreUnavailableError as error:
            return NextbestError(f"The store cannot be used ({error}).", "see its own log.")

    @property
    def bundle(self) -> "Bundle | None":
        """The champion; None before the first one.

        Raises
        ------
        NextbestError
            If it is damaged.
        """
        if isinstance(self.champion, RegistryError):
            return None
        if isinstance(self.champion, NextbestError):
            raise self.champion
        return self.champion

    def close(self) -> None:
        """Let go of the store, where it was opened."""
        stores = self.__dict__.get("stores")
        if stores is not None and not isinstance(stores, NextbestError):
            stores.close()


def _or_fault(open_it: Callable[[], _Opened]) -> _Opened | NextbestError:
    try:
        return open_it()
    except NextbestError as error:
        return error


def fault(check: str, error: NextbestError) -> Finding:
    """Return an error that a person can mend as a finding."""
    return Finding(check, "error", error.message.replace("\n", " "), error.remedy)
