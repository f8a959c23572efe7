"""The body of a decision as it is kept: JSON, compressed, without what the record says itself.

A body is the same bytes whatever its decision is called and whenever it was taken: a decision that
is taken again, word for word, is written again without being packed again.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic_core import to_json

_FAST = 1  # level 6 saves another tenth of the bytes at three times the time
_ID: Final = "decision_id"
_AT: Final = "decided_at"
_AS_OF: Final = "as_of"


@dataclass(frozen=True)
class PackedBody:
    """A body as it is kept; a ``PackedRecord`` writes it, as often as it is decided again.

    Parameters
    ----------
    data
        What ``pack_body`` made.
    """

    data: bytes


def pack_body(body: Mapping[str, Any]) -> PackedBody:
    """Return a body as it is kept.

    What it says of ``decision_id``, ``decided_at`` and ``inputs.situation.as_of`` is left out:
    these are the record's own, and ``unpack_body`` puts them back where they stood.
    """
    told = _blank(body, _ID, _AT)
    situation = _situation(told)
    if situation is not None and _AS_OF in situation:
        told = {**told, "inputs": {**told["inputs"], "situation": {**situation, _AS_OF: None}}}
    # As json.dumps writes it, at a quarter of the time; NaN stays NaN.
    return PackedBody(zlib.compress(to_json(told, inf_nan_mode="constants"), _FAST))


def unpack(data: bytes) -> dict[str, Any]:
    """Return what is kept of a body: the record's own id and moments may be None in it."""
    body: dict[str, Any] = json.loads(zlib.decompress(data))
    return body


def unpack_body(data: bytes, decision_id: str, decided_at: int) -> dict[str, Any]:
    """Return a whole body: where it names its id and moments, they are those of its record.

    Bodies of before they were left out name the same ones.
    """
    body = unpack(data)
    for name, value in ((_ID, decision_id), (_AT, decided_at)):
        if name in body:
            body[name] = value
    situation = _situation(body)
    if situation is not None and _AS_OF in situation:
        situation[_AS_OF] = decided_at
    return body


def _blank(told: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {**told, **{name: None for name in names if name in told}}


def _situation(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the situation that an action was decided in; other decisions have none."""
    inputs = body.get("inputs")
    situation = inputs.get("situation") if isinstance(inputs, dict) else None
    return situation if isinstance(situation, dict) else None
