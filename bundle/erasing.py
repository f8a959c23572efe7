"""Taking customers out of a bundle: their ids, profiles, histories and shares.

Models stay as they were fitted, and so does ``bundle_version``. The rows of the customers go out of
every array that has one a customer, so those who stay move up; no array names a customer by
position elsewhere. A whole folder is made beside the old one and takes its place, so a reader finds
one or the other, and a kill leaves a bundle that the next erasure puts back.
"""

import json
import os
import shutil
from collections.abc import Callable, Collection
from functools import partial
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
_NEW, _OLD = ".erasing", ".erased"


def ids_of(directory: Path) -> list[str]:
    """Return the ids of the customers that a bundle on disk holds, none where there is none.

    Of a bundle that another process is erasing from at this moment, the folder that stands.
    """
    for folder in (directory, *_beside(directory)):
        if (folder / _IDS).is_file():
            ids: list[str] = _load(folder / _IDS)["ids"].tolist()
            return ids
    return []


def profile_of(directory: Path, customer_id: str) -> dict[str, object] | None:
    """Return what a bundle on disk holds of a customer, None when it does not know them.

    Returns
    -------
    ``bundle_version``, ``as_of``, ``customer_id``, where they go and live, and ``profile``: the
    snapshot's columns by name; NaN is null.
    """
    if customer_id not in ids_of(directory):
        return None
    held = _load(directory / _IDS)
    at = np.flatnonzero(held["ids"] == customer_id)
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
    directory = directory.resolve()
    put_back(directory)
    keep = ~np.isin(_load(directory / _IDS)["ids"], sorted(customer_ids))
    if not keep.all():
        aside, old = _beside(directory)
        shutil.copytree(directory, aside, copy_function=_linked)
        written = {
            name: _rewrite(aside / name, partial(_checked, cut, keep, name))
            for name, cut in _FILES.items()
            if (directory / name).is_file()
        }
        manifest = json.loads((directory / NAME).read_text(encoding="utf-8"))
        manifest["erased"] = {**manifest.get("erased", {}), **written}
        write_manifest(aside, manifest)
        directory.rename(old)
        aside.rename(directory)
        shutil.rmtree(old)
    return int(np.sum(~keep))


def put_back(directory: Path) -> None:
    """Clear up after an erasure that was cut short: the new folder counts once it was whole."""
    aside, old = _beside(directory)
    if not directory.exists():
        # The old folder steps aside only for one that is whole.
        found = next((each for each in (aside, old) if each.exists()), None)
        if found is not None:
            found.rename(directory)
    for left in (aside, old):
        shutil.rmtree(left, ignore_errors=True)


def bundles_under(home: Path) -> set[Path]:
    """Find every bundle under a folder, those that an erasure left in the middle included."""
    found = set()
    for path in home.rglob(_IDS):
        folder = path.parent.parent
        plain = folder.name.removeprefix(".").removesuffix(_NEW).removesuffix(_OLD)
        found.add(folder.with_name(plain) if folder.name.startswith(".") else folder)
    return found


def _beside(directory: Path) -> tuple[Path, Path]:
    return tuple(  # type: ignore[return-value]
        directory.with_name(f".{directory.name}{end}") for end in (_NEW, _OLD)
    )


def _linked(source: str, target: str) -> None:
    """Share a file that stays as it is; copy it where the disk has no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _rewrite(path: Path, cut: Callable[[Arrays], Arrays]) -> str:
    """Write a file anew, durably, and return its hash; the one it was linked to stays."""
    arrays = cut(_load(path))
    path.unlink()
    # A stream: by a name, NumPy would add .npz to it.
    with path.open("wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]
        stream.flush()
        os.fsync(stream.fileno())
    return file_hash(path)


def _load(path: Path) -> Arrays:
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as held:
        return {name: held[name] for name in held.files}


def _checked(
    cut: Callable[[Arrays, Rows], Arrays], keep: Rows, name: str, arrays: Arrays
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
"""Every file of a bundle with something by customer."""
