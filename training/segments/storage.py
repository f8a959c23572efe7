"""Files of a segmentation: ``customers.parquet``, ``profiles.json``, ``model.npz``, a picture.

Each is written whole or not at all. ``model.npz`` comes last: until it stands, the next run starts
from the names before, and gives the same ones again.
"""

import dataclasses
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from matplotlib.figure import Figure

from features.errors import SourceError
from features.storage import write_atomically
from training.segments.names import Registry
from training.segments.traits import Scaling

MODEL = "model.npz"
_ARRAYS = ("centre", "spread", "weight", "centroids")


@dataclasses.dataclass(frozen=True)
class Memory:
    """What a run leaves for the next one.

    Parameters
    ----------
    scaling
        Of the first run that these names belong to.
    registry
        Names and centroids.
    labels, labels_fr
        What people call each name in use, given at its birth, in the order of the names.
    """

    scaling: Scaling
    registry: Registry
    labels: tuple[str, ...]
    labels_fr: tuple[str, ...]


def save_memory(folder: Path, memory: Memory) -> None:
    """Write ``model.npz``, without pickle."""
    arrays = {
        "columns": np.array(memory.scaling.columns),
        "centre": memory.scaling.centre,
        "spread": memory.scaling.spread,
        "weight": memory.scaling.weight,
        "names": np.array(memory.registry.names),
        "centroids": memory.registry.centroids,
        "retired": np.array(memory.registry.retired, dtype=np.str_),
        "issued": np.array(memory.registry.issued),
        "labels": np.array(memory.labels),
        "labels_fr": np.array(memory.labels_fr),
    }

    def write(path: Path) -> None:
        with path.open("wb") as stream:  # a name of its own would get the ending .npz
            np.savez(stream, **arrays)  # type: ignore[arg-type]

    write_atomically(folder / MODEL, write)


def load_memory(folder: Path) -> Memory | None:
    """Read what the last run left; None when there was none.

    Raises
    ------
    SourceError
        If the file is damaged. Names are not given anew silently: they would change meaning.
    """
    path = folder / MODEL
    if not path.is_file():
        return None
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as held:
            parts: dict[str, Any] = {name: held[name] for name in held.files}
        texts = {k: tuple(str(v) for v in parts[k]) for k in parts if k not in (*_ARRAYS, "issued")}
        scaling = Scaling(texts["columns"], parts["centre"], parts["spread"], parts["weight"])
        registry = Registry(
            texts["names"], parts["centroids"], texts["retired"], int(parts["issued"])
        )
        return Memory(scaling, registry, texts["labels"], texts["labels_fr"])
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise SourceError(
            f"File {path} is damaged ({error}).",
            "restore it from a backup, or delete the folder to name the clusters anew.",
        ) from error


def write_customers(folder: Path, table: pa.Table) -> None:
    """Write ``customers.parquet``."""
    write_atomically(folder / "customers.parquet", lambda path: pq.write_table(table, path))


def write_profiles(folder: Path, report: dict[str, Any]) -> None:
    """Write ``profiles.json``."""
    body = json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_atomically(folder / "profiles.json", lambda path: _write_text(path, body))


def _write_text(path: Path, body: str) -> None:
    path.write_text(body, encoding="utf-8")


def write_picture(folder: Path, figure: Figure) -> None:
    """Write ``segments.png``."""
    write_atomically(
        folder / "segments.png", lambda path: figure.savefig(path, format="png", dpi=110)
    )
