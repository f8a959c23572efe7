"""A message of the broker: taken as the route of its kind would take it, or told why not."""

import base64
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from serving.http.body import MAX_BODY_BYTES
from serving.http.endpoint import House
from serving.http.events import record_events
from serving.http.identifiers import put_links
from serving.http.ingestion import put_consents, put_stock
from serving.http.outcomes import record_outcomes
from serving.problems import Problem
from serving.stores.ports import StoreUnavailableError

logger = logging.getLogger("nextbest.intake")
Letter = dict[str, Any]
KINDS: Final[Mapping[str, Callable[[House, bytes, str], Any]]] = {
    "events": record_events,
    "outcomes": record_outcomes,
    "identifiers": put_links,
    "stock": put_stock,
    "consents": put_consents,
}
"""What is read, by the last part of the subject; each is the handler of a route."""


class NotNowError(Exception):
    """The message could not be taken at this moment; the same message may be, later."""


def take(house: House, kind: str, body: bytes) -> Letter | None:
    """Take a message, and return what is to be said of it: None where all of it was taken.

    When it returns, what was good is on disk; the same message again changes nothing.

    Returns
    -------
    The letter about what was at fault: ``kind``, ``faults`` and, as it came, ``body``. Of a list
    of which some elements were taken, it holds the others.

    Raises
    ------
    NotNowError
        While the store cannot be written or nothing decides yet.
    """
    if len(body) > MAX_BODY_BYTES:
        return _letter(kind, [{"code": "body_too_large"}], body[:1000])
    try:
        told = KINDS[kind](house, body, "")
    except StoreUnavailableError as error:
        raise NotNowError(str(error)) from error
    except Problem as problem:
        if problem.status >= 500:  # ours to mend, not the sender's
            raise NotNowError(problem.message) from problem
        return _letter(kind, [problem.body()["error"]], body)
    except Exception:
        # A message that breaks us would break us again and hold up all that wait behind it.
        logger.exception("A message of %s failed and is put aside.", kind)
        return _letter(kind, [{"code": "internal_error"}], body)
    return _rejected(kind, told.get("rejected", []), body)


def _rejected(kind: str, rejected: list[dict[str, Any]], body: bytes) -> Letter | None:
    if not rejected:
        return None
    elements = json.loads(body)[kind]
    # Only those at fault: the others are in the store, and what is told of people is kept once.
    kept = {kind: [elements[one["index"]] for one in rejected]}
    return _letter(kind, rejected, json.dumps(kept).encode())


def _letter(kind: str, faults: list[dict[str, Any]], body: bytes) -> Letter:
    try:
        return {"kind": kind, "faults": faults, "body": body.decode()}
    except UnicodeDecodeError:
        return {"kind": kind, "faults": faults, "body_base64": base64.b64encode(body).decode()}
