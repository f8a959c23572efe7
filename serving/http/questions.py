"""Bodies read of late: the same bytes are the same question, and need not be read again."""

from typing import Final, TypeVar, cast

from pydantic import BaseModel

from serving.problems import parse_body

_Model = TypeVar("_Model", bound=BaseModel)
MOST: Final = 5_000
LONGEST: Final = 2_048
"""Bytes of a body that is kept."""
SECONDS: Final = 60
"""How long anything is kept: what somebody asked about a person is not to outlive them here."""


class Questions:
    """Reads bodies of requests that hold no moment: those that do are read against the clock."""

    def __init__(self) -> None:
        self._read: dict[tuple[type[BaseModel], bytes], BaseModel] = {}
        self._since = 0

    def read(self, model: type[_Model], body: bytes, now: int) -> _Model:
        """Read a request body, as ``parse_body`` does.

        Raises
        ------
        Problem
            400 when the body is not JSON, 422 when it is not this request.
        """
        if not 0 <= now - self._since < SECONDS:
            self._read, self._since = {}, now
        known = self._read.get((model, body))
        if known is not None:
            return cast(_Model, known)
        request = parse_body(model, body, now)
        if len(body) <= LONGEST and len(self._read) < MOST:
            self._read[model, body] = request
        return request
