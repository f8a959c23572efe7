"""Another bundle is admitted aside and switched to at once; a spoilt one is kept out."""

import gc
import logging
import shutil
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from features.errors import RegistryError
from serving.stores.ports import StoreUnavailableError
from serving.swapping import checks, follower
from tests.integration.support import Shop, Trained
from tests.serving.swapping.support import (
    following,
    poisoned,
    reseeded,
    swap_in,
    unknown_column,
    variant,
)


@pytest.fixture
def folder(village: Trained, tmp_path: Path) -> Path:
    return Path(shutil.copytree(village.bundle, tmp_path / "served"))


@pytest.fixture
def shop(front: Shop, folder: Path) -> Shop:
    """A process that serves a folder of its own."""
    return front


def test_a_new_bundle_serves_from_the_next_request_on(
    shop: Shop, folder: Path, village: Trained, tmp_path: Path
) -> None:
    followed, _ = following(shop, bundle=str(folder))
    before = shop.recommend("c001")["bundle_version"]
    assert followed.follower.step(), "the folder is another than the one that was loaded"
    assert not followed.follower.step(), "nothing new"
    other = variant(village.bundle, tmp_path / "other", reseeded(7))
    swap_in(folder, other)
    assert followed.follower.step()
    told = shop.recommend("c001")
    record = shop.record(told["decision_id"])
    assert told["bundle_version"] == record["bundle_version"] != before
    assert record["policy_version"] == shop.bundle.manifest.policy_version
    assert record["seed"] == 7
    acted = shop.act("c001")
    assert acted["bundle_version"] == told["bundle_version"]
    replayed = shop.ok("POST", f"/v1/decisions/{acted['decision_id']}/replay", scope="crm")
    assert replayed["identical"], "the rules of the new bundle were kept"


def test_the_bundle_before_is_let_go_of(
    shop: Shop, folder: Path, village: Trained, tmp_path: Path
) -> None:
    followed, _ = following(shop, bundle=str(folder))
    shop.recommend("c001")
    shop.act("c001")
    old = weakref.ref(shop.parts.application.world.bundle)
    gc.collect()
    gc.disable()  # what the service freezes, the collector never sees again
    try:
        assert followed.follower.step()
        assert old() is None
    finally:
        gc.enable()
        gc.unfreeze()


def test_it_switches_where_the_allocator_cannot_be_asked_to_trim(
    shop: Shop, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed, _ = following(shop, bundle=str(folder))
    trimmed: list[int] = []
    library = SimpleNamespace(malloc_trim=trimmed.append)
    monkeypatch.setattr(follower.ctypes, "CDLL", lambda _: library)
    assert followed.follower.step()
    assert trimmed == [], "requests may still hold the bundle before"
    assert not followed.follower.step()
    assert not followed.follower.step()
    assert trimmed == [0]
    monkeypatch.setattr(follower.ctypes, "CDLL", lambda _: SimpleNamespace())
    followed.follower.roles[0].token = "another"
    assert followed.follower.step()
    assert not followed.follower.step()


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (poisoned, "self-check"),
        (lambda folder: (folder / "models" / "ranker_any.txt").unlink(), "ranker_any"),
    ],
)
def test_a_spoilt_bundle_is_refused_once_and_the_one_before_serves_on(
    shop: Shop,
    folder: Path,
    village: Trained,
    tmp_path: Path,
    edit: Callable[[Path], None],
    why: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    followed, _ = following(shop, bundle=str(folder))
    followed.follower.step()
    before = shop.recommend("c001")["bundle_version"]
    counted: list[str] = []
    followed.follower.count = counted.append
    swap_in(folder, variant(village.bundle, tmp_path / "bad", edit))
    with caplog.at_level(logging.ERROR):
        assert not followed.follower.step()
        assert not followed.follower.step()
    assert counted == ["refused"], "it is not tried again"
    assert [why in one.getMessage() for one in caplog.records] == [True]
    assert shop.recommend("c001")["bundle_version"] == before
    kept_out = shop.parts.served.report()["kept_out"]
    assert [one["role"] for one in kept_out] == ["champion"]
    swap_in(folder, variant(village.bundle, tmp_path / "good", reseeded(8)))
    assert followed.follower.step()
    assert counted == ["refused", "served"]
    assert shop.parts.served.report()["kept_out"] == []
    assert shop.recommend("c001")["bundle_version"] != before


def test_an_altered_file_and_an_unknown_column_are_refused(
    shop: Shop, folder: Path, village: Trained, tmp_path: Path
) -> None:
    followed, _ = following(shop, bundle=str(folder))
    followed.follower.step()
    altered = Path(shutil.copytree(village.bundle, tmp_path / "altered"))
    (altered / "policy.yaml").write_text("seed: 1\n")
    swap_in(folder, altered)
    assert not followed.follower.step()
    assert "policy.yaml" in shop.parts.served.troubles["champion"].reason
    asking = variant(village.bundle, tmp_path / "asking", unknown_column)
    swap_in(folder, asking)
    assert not followed.follower.step()
    assert "no_such_column" in shop.parts.served.troubles["champion"].reason


def test_what_says_nothing_about_a_bundle_is_tried_again(
    shop: Shop, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed, _ = following(shop, bundle=str(folder))

    def gone(*_: object) -> Any:
        raise StoreUnavailableError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(type(shop.parts.stores.stock), "changes_since", gone)
        assert not followed.follower.step()
    assert shop.parts.served.troubles["champion"].reason == "gone"
    assert followed.follower.step()


def test_without_the_registry_the_loaded_bundle_serves_on(shop: Shop) -> None:
    followed, _ = following(shop)
    before = shop.recommend("c001")["bundle_version"]
    (role,) = followed.follower.roles

    def gone() -> Any:
        raise RegistryError("The model registry cannot be asked (gone).")

    role.look = gone
    assert not followed.follower.step()
    assert shop.recommend("c001")["bundle_version"] == before
    assert shop.parts.served.report()["kept_out"] == [{"role": "champion", "bundle": ""}]


def test_the_thread_looks_and_outlives_any_error(shop: Shop, folder: Path) -> None:
    followed, _ = following(shop, bundle=str(folder))
    follower = followed.follower
    turns = iter([False, False, True])
    follower._stop.wait = lambda _seconds: next(turns)  # type: ignore[method-assign,assignment]
    looked: list[int] = []

    def look() -> Any:
        looked.append(1)
        raise RuntimeError("anything")

    follower.roles[0].look = look
    follower._run()
    assert looked == [1, 1]


def test_a_bundle_that_offers_nothing_fails_its_check(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check asks the gates again, whatever the code that decided says."""
    real = checks.decide_requests

    def spoilt(*args: Any) -> Any:
        return [
            replace(one, decision=replace(one.decision, slate=one.decision.slate[:-1]))
            for one in real(*args)
        ]

    checks.self_check(shop.parts.application, shop.clock.now)
    monkeypatch.setattr(checks, "decide_requests", spoilt)
    with pytest.raises(checks.BundleError, match=r"9 items are offered of \d+"):
        checks.self_check(shop.parts.application, shop.clock.now)
