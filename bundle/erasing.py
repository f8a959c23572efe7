"""Taking customers out of a bundle: their ids, profiles, histories and shares.

Models stay as they were fitted, and so does ``bundle_version``. The rows of the customers go out of
every array that has one a customer, so those who stay move up; no array names a customer by
position elsewhere. The manifest accepts the old and the new file before any is replaced, and the
ids go last: a kill leaves a bundle that loads, and the next erasure ends the work.
"""

import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bundle.manifest import NAME, file_hash
from features.errors import BundleError
from features.storage import write_manifest

Arrays = dict[str, NDArray[Any]]
Rows = NDArray[np.bool_]
_IDS = "arrays/customers.npz"


def ids_of(directory: Path) -> list[str]:
    """Return the ids of the customers that a bundle on disk holds."""
    ids: list[str] = _load(directory / _IDS)["ids"].tolist()
    return ids


def profile_of(directory: Path, customer_id: str) -> dict[str, object] | None:
    """Return what a bundle on disk holds of a customer, None when it does not know them.

    Returns
    -------
    ``bundle_version``, ``as_of``, ``customer_id``, where they go and live, and ``profile``: the
    snapshot's columns by name; NaN is null.
    """
    held = _load(directory / _IDS)
    at = np.flatnonzero(held["ids"] == customer_id)
    if not at.size:
        return None
    told = json.loads((directory / NAME).read_text(encoding="utf-8"))
    names = [str(column["name"]) for column in told["columns"]]
    row = int(at[0])
    return {
        "bundle_version": told["bundle_version"],
        "as_of": told["as_of"],
        "customer_id": customer_id,
        "home_location_id": str(held["home_locations"][row]),
        "country": str(held["countries"][row]),
        "profile": dict(zip(names, held["profiles"][row].tolist(), strict=True)),
    }


def erase_customers(directory: Path, customer_ids: Collection[str]) -> int:
    """Remove customers from a bundle on disk.

    Returns
    -------
    How many of them it held.

    Raises
    ------
    BundleError
        If its arrays do not belong together.
    """
    held = _load(directory / _IDS)
    keep = ~np.isin(held["ids"], sorted(customer_ids))
    if not keep.all():
        written = {}
        for name, cut in _FILES.items():
            if (directory / name).is_file():
                arrays = _load(directory / name)
                _save(_aside(directory / name), _checked(cut, arrays, keep, name))
                written[name] = file_hash(_aside(directory / name))
        _accept(directory, written, both=True)
        for name in written:
            _aside(directory / name).replace(directory / name)
        _accept(directory, written, both=False)
    return int(np.sum(~keep))


def _accept(directory: Path, written: Mapping[str, str], *, both: bool) -> None:
    """Have the manifest accept new files, and the present ones as long as they stand."""
    manifest = json.loads((directory / NAME).read_text(encoding="utf-8"))
    erased = manifest.setdefault("erased", {})
    for name, digest in written.items():
        before = [file_hash(directory / name)] if both else []
        erased[name] = [*before, digest]
    write_manifest(directory, manifest)


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")


def _load(path: Path) -> Arrays:
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as held:
        return {name: held[name] for name in held.files}


def _save(path: Path, arrays: Arrays) -> None:
    # A stream: by a name, NumPy would add .npz to it.
    with path.open("wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]


def _checked(
    cut: Callable[[Arrays, Rows], Arrays], arrays: Arrays, keep: Rows, name: str
) -> Arrays:
    try:
        return cut(arrays, keep)
    except (KeyError, IndexError, ValueError) as error:
        raise BundleError(
            f"{name} in the bundle does not fit its customers ({error}).",
            "remove this version from the registry, or train again (`nextbest train`).",
        ) from error


def _cut_rows(*names: str) -> Callable[[Arrays, Rows], Arrays]:
    """Return what drops the rows of arrays whose first axis is the customers (all, if unnamed)."""

    def cut(arrays: Arrays, keep: Rows) -> Arrays:
        return {
            name: array[keep] if name in names or not names else array
            for name, array in arrays.items()
        }

    return cut


def _cut_lists(arrays: Arrays, keep: Rows) -> Arrays:
    """Drop the lists of customers: ``pointer`` (n + 1,) parts the other arrays into lists."""
    pointer = arrays["pointer"]
    sizes = np.diff(pointer)
    kept = np.repeat(keep, sizes)
    cut = {"pointer": np.concatenate([[0], np.cumsum(sizes[keep])]).astype(pointer.dtype)}
    for name, array in arrays.items():
        if name != "pointer":
            cut[name] = array[kept] if array.ndim else array
    return cut


def _cut_keys(arrays: Arrays, keep: Rows) -> Arrays:
    """Drop entries by keys ``customer * n + place``, and number the customers who stay anew."""
    cut = dict(arrays)
    position = np.cumsum(keep) - 1
    for key, n, others in (
        ("type_key", "n_types", ("type_decayed", "type_days")),
        ("category_key", "n_categories", ("category_share",)),
    ):
        customer, place = np.divmod(arrays[key], arrays[n])
        kept = keep[customer]
        moved = position[customer[kept]] * arrays[n] + place[kept]
        cut[key] = moved.astype(arrays[key].dtype)
        cut |= {name: arrays[name][kept] for name in others}
    return cut


_FILES: dict[str, Callable[[Arrays, Rows], Arrays]] = {
    "arrays/recommender_customers.npz": _cut_rows(),
    "arrays/recommender_histories.npz": _cut_lists,
    "arrays/recommender_history.npz": _cut_lists,
    "arrays/recommender_affinity.npz": _cut_keys,
    "arrays/shelves.npz": _cut_rows("cell_declared"),
    _IDS: _cut_rows(),
}
"""Every file of a bundle with something by customer; the ids last."""
