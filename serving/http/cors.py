"""Which pages may call the service from a browser: none, unless their origin is on the list."""

from collections.abc import Sequence
from typing import Any, Final

METHODS: Final = ("GET", "POST", "PUT", "DELETE")
HEADERS: Final = ("Authorization", "Content-Type", "Content-Encoding")
_REMEMBERED_S: Final = 600


def cors(origins: Sequence[str]) -> dict[str, Any]:
    """Return the arguments of Starlette's middleware.

    Keys travel in a header that a page must set itself, never in cookies, so no credentials are
    allowed: a browser sends nothing of its own accord.
    """
    return {
        "allow_origins": list(origins),
        "allow_methods": METHODS,
        "allow_headers": HEADERS,
        "expose_headers": ("Retry-After",),
        "max_age": _REMEMBERED_S,
    }
