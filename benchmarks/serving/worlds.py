"""A home to serve from: the demo's bundle with more actions or more items, its store copied.

Actions are the demo's own, repeated under other ids, with other values and costs; conditions,
channels, items, models and cool-downs stay. Items are the demo's own, repeated under other ids and
half as popular; the copies are in stock where their original is. Customers, histories, models and
rules stay as they are, so that candidates, gates and rankers do the work that they do in the demo.
"""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from bundle.manifest import NAME, write_manifest
from serving.privacy.secret import FILE as SECRET_FILE

Arrays = dict[str, NDArray[Any]]
I64 = NDArray[np.int64]
ACTIONS = "actions.yaml"
_COMPUTED = {"files", "format", "bundle_version", "policy_version", "erased"}
_HALVED = {"popularity", "popularity_at", "recent", "recent_at", "trending", "lines"}


def make_home(demo: Path, home: Path, actions: int = 0, items: int = 0) -> None:
    """Make a home with its own bundle and store.

    Parameters
    ----------
    demo
        A home of ``make demo``.
    actions
        How many actions the catalogue shall have; 0 for as many as it has.
    items
        How many items it shall have, at least as many as it has; 0 for as many as it has.
    """
    home.mkdir(parents=True)
    # Linked, not copied: what changes is replaced.
    shutil.copytree(demo / "champion", home / "bundle", copy_function=os.link)
    with (
        sqlite3.connect(demo / "nextbest.db") as held,
        sqlite3.connect(home / "nextbest.db") as new,
    ):
        held.backup(new)
    if (demo / SECRET_FILE).is_file():  # the store knows by which secret its names were hashed
        shutil.copy(demo / SECRET_FILE, home)
    bundle = home / "bundle"
    if actions:
        repeat_actions(bundle, actions)
    if items:
        names = repeat_items(bundle, items)
        _stock(home / "nextbest.db", names)
    _sign(bundle)


def repeat_actions(bundle: Path, count: int) -> None:
    """Repeat the actions of a bundle until there are ``count``."""
    told = yaml.safe_load((bundle / ACTIONS).read_text(encoding="utf-8"))
    own = [one for one in told["actions"] if one["kind"] != "none"]
    nothing = [one for one in told["actions"] if one["kind"] == "none"]
    many = []
    for k in range(count - len(nothing)):
        one, turn = own[k % len(own)], k // len(own)
        name = one["id"] if turn == 0 else f"{one['id']}_{turn + 1}"
        many.append({**one, "id": name, "value": one["value"] * (1.0 + 0.01 * turn)})
    text = yaml.safe_dump({**told, "actions": [*many, *nothing]}, allow_unicode=True)
    _replace(bundle / ACTIONS, lambda path: path.write_text(text, encoding="utf-8"))


def repeat_items(bundle: Path, count: int) -> dict[str, str]:
    """Repeat the items of a bundle until there are ``count``; return each copy's original."""
    items = _load(bundle / "arrays/items.npz")
    ids, n = items["ids"], len(items["ids"])
    if count < n:
        raise ValueError(f"the catalogue has {n} items already, more than {count}")
    source = np.arange(count, dtype=np.int64) % n
    names = np.array([f"{ids[s]}{f'-{k // n}' if k >= n else ''}" for k, s in enumerate(source)])
    for path in sorted((bundle / "arrays").glob("*.npz")):
        held = _load(path)
        grown = {name: _grown(name, told, n, source) for name, told in held.items()}
        if path.name == "items.npz":
            grown["ids"] = names
        if "by_popularity" in grown:
            order = np.argsort(-grown["popularity"][:, 0], kind="stable")
            grown["by_popularity"] = order.astype(np.int64)
        _shapes(grown, held, n, count)
        if any(grown[name] is not told for name, told in held.items()):
            _replace(path, lambda there, told=grown: np.savez(there, **told))  # type: ignore[misc]
    return {str(name): str(ids[s]) for name, s in zip(names[n:], source[n:], strict=True)}


def _grown(name: str, told: NDArray[Any], n: int, source: I64) -> NDArray[Any]:
    """Repeat along the axis of items; pointers of copies say that they have no neighbours."""
    short = name.rpartition(".")[2]
    if told.ndim == 1 and len(told) == n + 1 and short in ("indptr", "posting_pointer"):
        return np.concatenate([told, np.full(len(source) - n, told[-1], dtype=told.dtype)])
    axes = [axis for axis, size in enumerate(told.shape) if size == n]
    if not axes:
        return told
    many = told.take(source, axis=axes[0])
    if short in _HALVED:
        weight = np.where(np.arange(len(source)) < n, 1.0, 0.5).astype(told.dtype)
        many = many * (weight[:, None] if many.ndim == 2 and axes[0] == 0 else weight)
    return many


def _shapes(grown: Arrays, held: Arrays, n: int, count: int) -> None:
    """Have matrices and histories know how many items there are."""
    for name, told in held.items():
        short = name.rpartition(".")[2]
        if short == "shape" or short == "n_items":
            new = np.where(told == n, count, told).astype(told.dtype)
            grown[name] = new if np.any(new != told) else told


def _stock(store: Path, originals: dict[str, str]) -> None:
    """Put the copies in stock as their originals are."""
    by_original: dict[str, list[str]] = {}
    for name, original in originals.items():
        by_original.setdefault(original, []).append(name)
    with sqlite3.connect(store) as held:
        rows = held.execute("SELECT * FROM stock_levels").fetchall()
        marks = ", ".join("?" * len(rows[0]))
        many = [(name, *row[1:]) for row in rows for name in by_original.get(row[0], ())]
        held.executemany(f"INSERT INTO stock_levels VALUES ({marks})", many)


def _sign(bundle: Path) -> None:
    """Write the manifest anew, under a version of its own."""
    told = json.loads((bundle / NAME).read_text(encoding="utf-8"))
    facts = {name: value for name, value in told.items() if name not in _COMPUTED}
    _replace(bundle / NAME, lambda _: write_manifest(bundle, facts))


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    path.unlink()
    write(path)


def _load(path: Path) -> Arrays:
    with np.load(path, allow_pickle=False) as held:
        return {name: held[name] for name in held.files}
