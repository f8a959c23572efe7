"""The consumer: every subject has its handler, and its faults their letter."""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Final

from anyio.to_thread import run_sync

from serving.application import Application
from serving.auth import Gatekeeper
from serving.http.endpoint import House
from serving.http.metrics import Metrics
from serving.intake.brokers import Consume, Line
from serving.intake.messages import KINDS, NotNowError, take
from serving.stores.opening import Stores

logger = logging.getLogger("nextbest.intake")
DEAD: Final = "dead"
"""Last part of the subject of letters about what could not be taken."""
PAUSE_S: Final = 1.0
"""Before a message that could not be taken is given back, to come again."""


def house_of(
    find_application: Callable[[], Application | None], stores: Stores, clock: Callable[[], int]
) -> House:
    """Return what the handlers need; nobody calls, so that no key opens anything."""
    return House(find_application, stores, clock, Gatekeeper(stores.keys), Metrics())


def connect(line: Line, prefix: str, house: House, count: Callable[[str], None]) -> None:
    """Have every kind of message consumed.

    A message is acknowledged once what it tells is on disk, so that none is lost; one that comes
    twice counts once, as over HTTP.

    Parameters
    ----------
    count
        Is told what became of each: ``taken``, ``buried`` or ``given_back``.
    """
    for kind in KINDS:
        line.listen(f"{prefix}.{kind}", _consumer(line, prefix, kind, house, count))


def _consumer(
    line: Line, prefix: str, kind: str, house: House, count: Callable[[str], None]
) -> Consume:
    async def consume(body: bytes) -> None:
        try:
            letter = await run_sync(take, house, kind, body)
        except NotNowError:
            count("given_back")
            logger.warning("A message of %s cannot be taken now; it comes again.", kind)
            await asyncio.sleep(PAUSE_S)
            raise
        if letter is not None:
            await line.send(f"{prefix}.{DEAD}", json.dumps(letter).encode())
        count("taken" if letter is None else "buried")

    return consume
