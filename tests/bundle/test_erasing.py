"""Customers taken out of a bundle: nothing of theirs is left, and nobody else changes."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bundle import erasing
from bundle.erasing import erase_customers, ids_of, profile_of
from bundle.files import read_bundle
from features.errors import BundleError

if TYPE_CHECKING:
    from bundle.contents import Bundle
    from tests.integration.support import Trained

GONE = ["c003", "c200", "nobody"]


@pytest.fixture
def folder(village: "Trained", tmp_path: Path) -> Path:
    return Path(shutil.copytree(village.bundle, tmp_path / "bundle"))


def held(bundle: "Bundle", customer: str) -> list[object]:
    """Everything that a bundle holds of a customer."""
    k = int(bundle.customer_map.index_of([customer])[0])
    state, table = bundle.state, bundle.customers
    found: list[object] = [table.profiles[k], table.home_locations[k], table.countries[k]]
    found += [getattr(state.customers, name)[k] for name in vars(state.customers)]
    found.append(bundle.shelves.cell_declared[k])
    for lists in (state.history, state.histories):
        part = slice(lists.pointer[k], lists.pointer[k + 1])
        arrays = {n: a for n, a in vars(lists).items() if n != "pointer" and np.ndim(a)}
        found += [array[part] for array in arrays.values()]
    affinity = state.affinity
    types = affinity.type_key // affinity.n_types == k
    categories = affinity.category_key // affinity.n_categories == k
    found += [affinity.type_key[types] % affinity.n_types, affinity.type_decayed[types]]
    found += [affinity.type_days[types], affinity.category_share[categories]]
    return found


def test_the_others_keep_all_they_had(folder: Path) -> None:
    before = read_bundle(folder)
    assert erase_customers(folder, GONE) == 2
    after = read_bundle(folder)
    assert after.manifest.bundle_version == before.manifest.bundle_version
    left = [c for c in before.customers.ids.tolist() if c not in GONE]
    assert after.customers.ids.tolist() == ids_of(folder) == left
    for customer in left:
        for was, now in zip(held(before, customer), held(after, customer), strict=True):
            np.testing.assert_array_equal(was, now)
    assert np.all(np.diff(after.state.affinity.type_key) > 0)
    assert after.state.history.pointer[-1] == after.state.history.item.size
    assert profile_of(folder, GONE[0]) is None
    profile = profile_of(folder, left[0])
    assert profile is not None
    assert profile["bundle_version"] == before.manifest.bundle_version


def test_a_folder_without_a_bundle_holds_nobody(tmp_path: Path) -> None:
    assert ids_of(tmp_path) == []
    assert profile_of(tmp_path, "c003") is None


def test_again_changes_nothing(folder: Path) -> None:
    erase_customers(folder, GONE)
    manifest = (folder / "manifest.json").read_bytes()
    assert erase_customers(folder, GONE) == 0
    assert (folder / "manifest.json").read_bytes() == manifest


def test_a_file_from_before_is_not_accepted_afterwards(folder: Path, village: "Trained") -> None:
    erase_customers(folder, GONE)
    name = "arrays/customers.npz"
    shutil.copy(village.bundle / name, folder / name)
    with pytest.raises(BundleError, match="does not match"):
        read_bundle(folder)


@pytest.mark.parametrize("after", range(4))
def test_a_kill_at_any_step_leaves_a_bundle_that_is_put_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    steps = 0

    def killed(original: Callable[..., object]) -> Callable[..., object]:
        def step(*args: object, **kwargs: object) -> object:
            nonlocal steps
            steps += 1
            if steps > after:
                raise KeyboardInterrupt
            return original(*args, **kwargs)

        return step

    with monkeypatch.context() as patch:
        patch.setattr(erasing, "write_manifest", killed(erasing.write_manifest))
        patch.setattr(Path, "rename", killed(Path.rename))
        patch.setattr(erasing.shutil, "rmtree", killed(shutil.rmtree))
        patch.setattr(erasing, "put_back", lambda _: None)
        with pytest.raises(KeyboardInterrupt):
            erase_customers(folder, GONE)
    assert erasing.bundles_under(folder.parent) == {folder}
    erase_customers(folder, GONE)
    assert not {*GONE} & {*read_bundle(folder).customers.ids.tolist()}
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_arrays_that_do_not_fit_are_named(folder: Path) -> None:
    path = folder / "arrays/recommender_customers.npz"
    np.savez(path, visits=np.zeros(3, dtype=np.float32))
    with pytest.raises(BundleError, match="recommender_customers"):
        erase_customers(folder, GONE)
    assert GONE[0] in ids_of(folder)
    assert "erased" not in json.loads((folder / "manifest.json").read_text())
