"""The composition root: settings become one working process, or one sentence."""

import shutil
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from features.errors import BundleError, HomeError
from serving import bootstrap
from serving.bootstrap import build, clock, new_id, start
from serving.stores import Stores
from tests.integration.support import Trained, settings_of, third_party_warnings
from tests.serving.swapping.support import poisoned, variant


def test_a_process_is_built_from_the_registry(village: Trained, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(village.settings.home, home, ignore=shutil.ignore_patterns("artifacts"))
    with third_party_warnings():
        parts = build(settings_of(home))
    manifest = parts.application.world.bundle.manifest
    assert parts.console["bundle_version"] == manifest.bundle_version
    assert parts.console["policy_version"] == manifest.policy_version
    tables = parts.console["tables"]
    assert tables["customers"] == {"real": 245, "simulated": 0}
    assert tables["events"]["real"] == 0 < tables["events"]["simulated"]
    # The stock is in memory before the first decision.
    assert (parts.application.world.stock.view("online").quantity > 0).any()
    parts.stores.close()


def test_a_bundle_is_enough(village: Trained, tmp_path: Path) -> None:
    """A Bento on a fresh disk has no tables; the console then has none to show."""
    parts = build(settings_of(tmp_path / "new", NEXTBEST_BUNDLE=str(village.bundle)))
    assert parts.console["tables"] == {}
    assert (tmp_path / "new" / "nextbest.db").is_file()
    parts.stores.close()


def test_what_is_wrong_is_said_before_anything_is_opened(village: Trained, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HomeError):
        build(settings_of(tmp_path / "file" / "home", NEXTBEST_BUNDLE=str(village.bundle)))
    bundle = shutil.copytree(village.bundle, tmp_path / "bundle")
    (bundle / "policy.yaml").write_text("seed: 1\n")
    with pytest.raises(BundleError, match=r"policy\.yaml"):
        build(settings_of(tmp_path / "home", NEXTBEST_BUNDLE=str(bundle)))
    assert not (tmp_path / "home" / "nextbest.db").exists()


def test_what_fails_its_check_leaves_nothing_open(
    village: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = variant(village.bundle, tmp_path / "bad", poisoned)
    closed: list[int] = []
    opened = bootstrap.open_stores

    def opening(*asked: Any) -> Stores:
        stores = opened(*asked)
        return replace(stores, close=lambda: (closed.append(1), stores.close())[1])

    monkeypatch.setattr(bootstrap, "open_stores", opening)
    with pytest.raises(BundleError, match="self-check"):
        start(settings_of(tmp_path / "home", NEXTBEST_BUNDLE=str(bad)))
    assert closed == [1]


def test_ids_are_new_and_the_clock_is_whole_seconds() -> None:
    assert len({new_id() for _ in range(100)}) == 100
    assert isinstance(clock(), int)
    assert clock() > 1_700_000_000


def test_ids_are_of_the_standard_and_rise_with_time() -> None:
    told = [uuid.UUID(bootstrap.new_id()) for _ in range(1000)]
    assert len(set(told)) == 1000
    assert {(one.version, one.variant) for one in told} == {(7, uuid.RFC_4122)}
    moments = [one.int >> 80 for one in told]
    assert moments == sorted(moments)
    assert abs(moments[0] // 1000 - bootstrap.clock()) < 60
