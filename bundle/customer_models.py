"""Customer models in a bundle: any frozen dataclass of arrays, numbers, names and trees.

A model is written as ``arrays/customer_<name>.npz`` (an uplift as ``arrays/uplift_<name>.npz``):
its fields by dotted path, the class of each dataclass in it beside them. LightGBM trees are text
files, ``models/<name>.txt`` and so on.
"""

import dataclasses
import types
import typing
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bundle.models import ScoringModel, TreeModel
from bundle.uplift_trees import TreeUplift
from bundle.value_trees import CorrectedValue
from decisioning.calibration import CalibrationCurve, CalibrationTable
from decisioning.customers.linear import Design
from decisioning.customers.logistic import LogisticModel
from decisioning.customers.rule_of_thumb import RuleOfThumb
from decisioning.customers.uplift import LinearUplift
from decisioning.customers.value import BuyTillYouDie
from decisioning.uplift import PersonalUplift, UpliftTable
from features.errors import BundleError

KINDS: Final[dict[str, Any]] = {
    cls.__name__: cls
    for cls in (
        ScoringModel,
        LogisticModel,
        CalibrationCurve,
        CalibrationTable,
        Design,
        UpliftTable,
        LinearUplift,
        TreeUplift,
        PersonalUplift,
        BuyTillYouDie,
        CorrectedValue,
        RuleOfThumb,
    )
}
"""What a file may name, and by it the class that holds the fields; nothing else is ever made."""
_CLASS, _TREES = "class", "trees"
_REMEDY: Final = "roll back (`nextbest rollback`) or train again (`nextbest train`)."


def write_model(directory: Path, name: str, model: Any, prefix: str = "customer") -> None:  # noqa: ANN401 - a class of KINDS
    """Write a model into a bundle's folder.

    Raises
    ------
    ValueError
        If it, or a part of it, is of a class that could not be read back.
    """
    held: dict[str, NDArray[Any]] = {}
    for path, value in _leaves("", model):
        if isinstance(value, TreeModel):
            file = directory / _trees_file(name, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(value.text, encoding="utf-8")
        else:
            held[path] = np.asarray(value)
    arrays = directory / f"arrays/{prefix}_{name}.npz"
    arrays.parent.mkdir(parents=True, exist_ok=True)
    np.savez(arrays, **held)  # type: ignore[arg-type]


def read_model(directory: Path, name: str, prefix: str = "customer") -> Any:  # noqa: ANN401
    """Read what `write_model` wrote.

    Raises
    ------
    BundleError
        If a file is damaged, or names a class that this version does not know.
    """
    path = directory / f"arrays/{prefix}_{name}.npz"
    try:
        # Opened here: NumPy leaves the file open when it is no zip after all.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            held = {key: file[key] for key in file.files}
        return _made(_Source(directory, name, held), "")
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise BundleError(f"{path.name} in the bundle is damaged ({error}).", _REMEDY) from error


def _leaves(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Yield the class of every dataclass and every field that is none, by dotted path."""
    if dataclasses.is_dataclass(value):
        kind = type(value).__name__
        if KINDS.get(kind) is not type(value):
            raise ValueError(
                f"a {kind} cannot be kept in a bundle; {__name__}.KINDS lists what can"
            )
        yield f"{prefix}{_CLASS}", kind
        for field in dataclasses.fields(value):
            yield from _leaves(f"{prefix}{field.name}.", getattr(value, field.name))
    else:
        yield prefix.removesuffix("."), value


@dataclasses.dataclass(frozen=True)
class _Source:
    directory: Path
    name: str
    held: dict[str, NDArray[Any]]


def _made(source: _Source, prefix: str) -> Any:  # noqa: ANN401
    kind = str(source.held[f"{prefix}{_CLASS}"])
    if kind not in KINDS:
        raise BundleError(
            f"The bundle's model {source.name} holds a {kind}; this version knows"
            f" {', '.join(KINDS)}.",
            _REMEDY,
        )
    hints = typing.get_type_hints(KINDS[kind])
    fields = {
        field.name: _field(source, f"{prefix}{field.name}", hints[field.name])
        for field in dataclasses.fields(KINDS[kind])
    }
    return KINDS[kind](**fields)


def _field(source: _Source, path: str, hint: Any) -> Any:  # noqa: ANN401 - by its annotation
    if hint is TreeModel:
        return TreeModel.read(source.directory / _trees_file(source.name, path))
    if f"{path}.{_CLASS}" in source.held:
        return _made(source, f"{path}.")
    array = source.held[path]
    if hint in (int, float, str, bool):
        return hint(array)
    if typing.get_origin(hint) is tuple:
        return tuple(array.tolist())
    if isinstance(hint, types.UnionType) or dataclasses.is_dataclass(hint):
        raise KeyError(f"{path}.{_CLASS}")
    return array


def _trees_file(name: str, path: str) -> str:
    return f"models/{name}.txt" if path == _TREES else f"models/{name}.{path}.txt"
