"""Frozen dataclasses of arrays to ``.npz`` and back, without pickle."""

import dataclasses
import typing
import zipfile
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from features.errors import BundleError

_T = TypeVar("_T")
_CSR_PARTS = ("data", "indices", "indptr", "shape")


def save_arrays(path: Path, value: Any) -> None:  # noqa: ANN401 - any dataclass of arrays
    """Save a dataclass whose fields are arrays, CSR matrices, numbers or tuples of strings."""
    held: dict[str, NDArray[Any]] = {}
    for field in dataclasses.fields(value):
        part = getattr(value, field.name)
        if sparse.issparse(part):
            held |= {f"{field.name}.{p}": np.asarray(getattr(part, p)) for p in _CSR_PARTS}
        else:
            held[field.name] = np.asarray(part)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **held)  # type: ignore[arg-type]


def load_arrays(path: Path, cls: type[_T]) -> _T:
    """Load what `save_arrays` saved.

    Raises
    ------
    BundleError
        If a part is missing or the file is not what it claims; nothing is ever unpickled.
    """
    hints = typing.get_type_hints(cls)
    try:
        # Opened here: NumPy leaves the file open when it is no zip after all.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as held:
            parts = {name: _restore(held, name, hint) for name, hint in hints.items()}
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise BundleError(f"{path.name} in the bundle is damaged ({error}).", _REMEDY) from error
    return cls(**parts)


def _restore(held: Any, name: str, hint: Any) -> Any:  # noqa: ANN401 - by the field's annotation
    if f"{name}.data" in held:
        data, indices, indptr, shape = (held[f"{name}.{p}"] for p in _CSR_PARTS)
        return sparse.csr_matrix((data, indices, indptr), shape=tuple(shape))
    array = held[name]
    if hint in (int, float):
        return hint(array)
    if typing.get_origin(hint) is tuple:
        return tuple(array.tolist())
    return array


_REMEDY = "promote another version (`nextbest rollback`) or train again (`nextbest train`)."
