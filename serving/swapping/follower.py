"""Following an alias: see that another bundle is meant, admit it, switch to it."""

import ctypes
import gc
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Final

from features.errors import NextbestError, RegistryError
from serving.decider import Decider
from serving.registry import Sighting
from serving.stores.ports import StoreUnavailableError
from serving.swapping.served import Served, Trouble

logger = logging.getLogger("nextbest.swapping")
_TURN_S: Final = 0.0005
"""How long the loading thread holds the interpreter before requests may have it again."""


@dataclass
class Role:
    """One alias that is followed.

    Parameters
    ----------
    name
        ``champion`` or ``challenger``.
    look
        Says which bundle the alias stands for.
    token
        The bundle that serves in this role; empty for none.
    refused
        The last bundle that was refused: it is not tried again until another is meant.
    """

    name: str
    look: Callable[[], Sighting]
    token: str = ""
    refused: str = ""


@dataclass
class Follower:
    """Follows aliases, in a thread of its own.

    Parameters
    ----------
    served
        What is switched.
    roles
        Which aliases.
    admit
        Reads a bundle's folder, keeps its rules, checks it and returns what decides by it.
    seconds
        Between two looks; 0 for none.
    count
        Is told what came of each attempt: ``served``, ``refused`` or ``failed``.
    """

    served: Served
    roles: Sequence[Role]
    admit: Callable[[Path], Decider]
    seconds: int
    count: Callable[[str], None] = lambda _: None
    _stop: Event = field(default_factory=Event)
    _thread: Thread | None = None
    _switched: bool = False

    def start(self) -> None:
        """Begin to look."""
        if self.seconds:
            self._thread = Thread(target=self._run, name="nextbest-follower", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Look no more; a bundle that is being read is let go of."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=self.seconds)

    def step(self) -> bool:
        """Look once at every role; tell whether any of them switched."""
        if self._switched:
            # A look later: the last requests of the bundle before have ended by now.
            self._switched = False
            _give_back()
        return any([self._follow(role) for role in self.roles])

    def _run(self) -> None:
        while not self._stop.wait(self.seconds):
            try:
                self.step()
            except Exception:
                # The thread must outlive any bundle: what serves, serves on.
                logger.exception("Looking for another bundle failed; the bundle in use stays.")

    def _follow(self, role: Role) -> bool:
        try:
            seen = role.look()
        except NextbestError as error:
            # No registry to ask: what is loaded serves on.
            self._keep_out(role, "", error)
            return False
        if seen.token in (role.token, role.refused):
            if seen.token == role.token:
                self._forget(role)
            return False
        return self._take(role, seen)

    def _take(self, role: Role, seen: Sighting) -> bool:
        try:
            with _gently():
                decider = self.admit(seen.find())
        except (StoreUnavailableError, RegistryError) as error:
            # It says nothing about the bundle, which is tried again.
            self.count("failed")
            self._keep_out(role, seen.token, error)
            return False
        except Exception as error:  # a spoilt bundle may fail in any way, and none may be served
            role.refused = seen.token
            self.count("refused")
            self._keep_out(role, seen.token, error)
            return False
        self.served.put(role.name, decider)
        self._switched = True
        self.count("served")
        role.token, role.refused = seen.token, ""
        self._forget(role)
        logger.info("The %s is now bundle %s.", role.name, decider.bundle_version)
        return True

    def _forget(self, role: Role) -> None:
        role.refused = ""
        self.served.note(role.name, None)

    def _keep_out(self, role: Role, token: str, error: Exception) -> None:
        """Note it, and log it once."""
        trouble = Trouble(role.name, token, str(error) or type(error).__name__)
        if self.served.troubles.get(role.name) != trouble:
            logger.error("The %s %s is not served: %s", role.name, token, trouble.reason)
        self.served.note(role.name, trouble)


def _give_back() -> None:
    """Return what was freed to the system: the allocator would keep a bundle's worth of pieces."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):  # only glibc has it, and only glibc needs it
        return
    trim(0)


@contextmanager
def _gently() -> Iterator[None]:
    """Give the interpreter back often, and keep the collector away from what was read."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(_TURN_S)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        # What the new bundle holds lives as long as it serves: the collector need not walk it.
        gc.freeze()
