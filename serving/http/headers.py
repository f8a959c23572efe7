"""Headers of a request, read without making an object of them."""

from starlette.types import Scope


def header(scope: Scope, name: bytes) -> str:
    """Return a header by its name in small letters, empty where there is none."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return ""
