"""Where the bundle to serve lies: a folder, the alias, or what a Bento carries."""

import os
import shutil
from pathlib import Path

import pytest

from bundle.files import read_bundle
from features.errors import BundleError, RegistryError
from serving import registry
from serving.registry import find_bundle
from tests.integration.support import Trained, settings_of, third_party_warnings


@pytest.fixture(autouse=True)
def _no_bento(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(registry, "PACKED", tmp_path / "packed")
    monkeypatch.setattr(registry, "BENTO", tmp_path / "bento.yaml")


def test_a_folder_by_name(village: Trained, tmp_path: Path) -> None:
    assert find_bundle(settings_of(tmp_path, NEXTBEST_BUNDLE=str(village.bundle))) == village.bundle
    missing = settings_of(tmp_path, NEXTBEST_BUNDLE=str(tmp_path / "none"))
    with pytest.raises(BundleError, match=r"none is no folder.*unset it"):
        find_bundle(missing)


def test_the_alias_decides(village: Trained) -> None:
    with third_party_warnings():
        found = read_bundle(find_bundle(village.settings))
    assert found.manifest == read_bundle(village.bundle).manifest


def test_what_lies_elsewhere_is_fetched_once_whole_and_the_newest_are_kept(
    village: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").mkdir()
    shutil.copy(village.settings.home / "mlflow.db", tmp_path / "home")
    there = settings_of(tmp_path / "home")
    monkeypatch.setattr(registry, "local_folder", lambda *_: None)
    for k in range(4, 8):  # older ones, as earlier versions left them
        (tmp_path / f"home/fetched/{k}").mkdir(parents=True)
        os.utime(tmp_path / f"home/fetched/{k}", (k, k))
    with third_party_warnings():
        found = find_bundle(there)
    assert found == tmp_path / "home/fetched/1/artifacts/bundle"
    assert read_bundle(found).manifest == read_bundle(village.bundle).manifest
    assert {one.name for one in (tmp_path / "home/fetched").iterdir()} == {"1", "6", "7"}

    def again(*_: object) -> Path:
        raise AssertionError("it is here already")

    monkeypatch.setattr(registry, "_download", again)
    assert find_bundle(there) == found


def test_an_alias_that_points_nowhere(village: Trained) -> None:
    other = settings_of(village.settings.home, NEXTBEST_ALIAS="canary")
    with third_party_warnings(), pytest.raises(RegistryError, match=r"'canary'.*promote"):
        find_bundle(other)


def test_a_bento_carries_its_own(village: Trained, tmp_path: Path) -> None:
    bare = settings_of(tmp_path / "home")
    with pytest.raises(RegistryError, match="nextbest train"):
        find_bundle(bare)
    shutil.copytree(village.bundle, tmp_path / "packed")
    with pytest.raises(RegistryError, match="nextbest train"):
        find_bundle(bare)  # a checkout's var/champion belongs to that checkout's home only
    (tmp_path / "bento.yaml").touch()
    assert find_bundle(bare) == tmp_path / "packed"
    # A registry goes before it.
    (tmp_path / "home").mkdir()
    shutil.copy(village.settings.home / "mlflow.db", tmp_path / "home")
    with third_party_warnings():
        assert find_bundle(bare) != tmp_path / "packed"
