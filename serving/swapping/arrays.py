"""Whether the numbers of a bundle's models are numbers."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from scipy import sparse

from bundle.contents import Bundle

_CHECKED: Final = ("state", "sessions", "shelves", "models", "amounts", "uplifts", "chances")
"""Parts whose arrays are fitted; tables of items and customers have unknowns."""
_MAY_BE_UNKNOWN: Final = frozenset({"age_days"})


def spoilt_array(bundle: Bundle) -> str | None:
    """Return the name of the first fitted array that holds what is no finite number, or None.

    A model of trees scores such a feature like any other, so that no decision would show it.
    """
    for part in _CHECKED:
        for name, values in _arrays(part, getattr(bundle, part)):
            if not np.isfinite(values).all():
                return name
    return None


def _arrays(name: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - a walk over any
    if sparse.issparse(value):
        yield name, value.data
    elif isinstance(value, np.ndarray) and value.ndim and value.dtype.kind == "f":
        yield name, value
    else:
        for part, one in _parts(value):
            yield from _arrays(f"{name}.{part}", one)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - a walk over any
    if isinstance(value, Mapping):
        yield from value.items()
    elif dataclasses.is_dataclass(value):
        names = (field.name for field in dataclasses.fields(value))
        yield from ((name, getattr(value, name)) for name in names if name not in _MAY_BE_UNKNOWN)
