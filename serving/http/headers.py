"""Headers of a request, read without making an object of them."""

from collections.abc import Mapping

from starlette.types import Scope

Headers = Mapping[bytes, bytes]
"""By name in small letters; of a header that is given twice, the first."""


def header(scope: Scope, name: bytes) -> str:
    """Return a header by its name in small letters, empty where there is none."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return ""


def headers_of(scope: Scope) -> Headers:
    """Return all headers."""
    return dict(reversed(scope["headers"]))


def text(headers: Headers, name: bytes) -> str | None:
    """Return a header by its name in small letters, None where there is none."""
    value = headers.get(name)
    return None if value is None else str(value, "latin-1")
