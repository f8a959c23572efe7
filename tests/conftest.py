"""The village: one small retailer, ingested, trained, promoted and published once a session."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.integration.support import Clock, Shop, Trained

# No test asserts a time: on a busy machine any example may be slow. The examples are the same in
# every run, so that a red run is about the change; `--hypothesis-profile=searching` draws others.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("searching", deadline=None)
settings.load_profile("repeatable")

# The helpers are imported inside the fixtures: other tests need not wait for MLflow.


@pytest.fixture(scope="session")
def village(tmp_path_factory: pytest.TempPathFactory) -> "Trained":
    from tests.integration.support import make_village

    return make_village(tmp_path_factory.mktemp("village"))


@pytest.fixture
def open_front(
    village: "Trained", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., "Shop"]]:
    """Open service processes over copies of the village; one home unless told otherwise."""
    from serving import bootstrap
    from tests.integration.support import open_shop

    opened: list[Shop] = []

    def open_one(home: Path | None = None, clock: "Clock | None" = None) -> "Shop":
        patch = partial(monkeypatch.setattr, bootstrap)
        opened.append(open_shop(village, home or tmp_path / "front", patch, clock))
        return opened[-1]

    yield open_one
    for one in opened:
        one.parts.stores.close()


@pytest.fixture
def front(open_front: Callable[..., "Shop"]) -> "Shop":
    return open_front()
