"""Empty stores for the contracts."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.stores import Stores, open_stores


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "nextbest.db"
    open_stores(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def url(tmp_path: Path, empty: Path) -> str:
    return f"sqlite:///{shutil.copy(empty, tmp_path)}"


@pytest.fixture
def store(url: str) -> Iterator[Stores]:
    opened = open_stores(url)
    yield opened
    opened.close()


@pytest.fixture
def other(url: str) -> Iterator[Stores]:
    """The same store, as another process opens it."""
    opened = open_stores(url)
    yield opened
    opened.close()
