"""The probe of readiness: whether to send requests here, and why not, in JSON."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from anyio import move_on_after
from anyio.to_thread import run_sync
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.http.door import Door
from serving.http.replies import json_reply
from serving.stores.opening import Stores
from serving.stores.ports import StoreUnavailableError

logger = logging.getLogger("nextbest.http")
PATH: Final = "/readyz"
PATIENCE_S: Final = 1.0
"""How long the store may take to answer a probe before it counts as gone."""


@dataclass(frozen=True)
class Probed:
    """What a running service can be asked.

    Parameters
    ----------
    stores
        The stores; one small read tells whether they answer.
    report
        Says what is served and what is kept out.
    """

    stores: Stores
    report: Callable[[], Mapping[str, Any]]


class Readiness:
    """Tells whether requests can be answered in full.

    Parameters
    ----------
    door
        Shut while there is nothing to decide by.
    """

    def __init__(self, door: Door) -> None:
        self._door = door
        self.probed: Probed | None = None

    async def tell(self) -> dict[str, Any]:
        """Return ``ready``, the ``reasons`` why not, and what is served."""
        if self._door.reason is not None or self.probed is None:
            reason = self._door.reason
            return _told([{"code": "not_ready", "message": reason.message if reason else ""}], {})
        reasons = []
        if not await _answers(self.probed.stores):
            message = "The store does not answer; only popular items in stock can be offered."
            reasons.append({"code": "store_unavailable", "message": message})
        return _told(reasons, self.probed.report())


def _told(reasons: list[dict[str, str]], report: Mapping[str, Any]) -> dict[str, Any]:
    return {"ready": not reasons, "reasons": reasons, **report}


async def _answers(stores: Stores) -> bool:
    """Read something small in a thread: a store that hangs must not hang the service."""
    read = False
    with move_on_after(PATIENCE_S):
        try:
            await run_sync(stores.rules.get, "", abandon_on_cancel=True)
            read = True
        except StoreUnavailableError:
            logger.warning("The store does not answer a probe.")
    return read


class Probes:
    """ASGI middleware: answers ``/readyz`` in place of BentoML, whose answer says nothing."""

    def __init__(self, app: ASGIApp, readiness: Readiness) -> None:
        self._app = app
        self._readiness = readiness

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the probe; let everything else pass."""
        probed = scope["type"] == "http" and scope["path"] == PATH
        if not probed or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        told = await self._readiness.tell()
        await json_reply(told, 200 if told["ready"] else 503)(scope, receive, send)
