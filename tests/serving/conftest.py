"""Fixtures of the serving tests."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.auth import issue_key
from serving.stores import Stores, open_stores
from serving.stores.ports import DecisionRecord
from tests.serving.support import NOW, SCOPES, FakeApplication, Service


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A store with keys and one decision, made once: each write waits for the disk."""
    path = tmp_path_factory.mktemp("furnished") / "nextbest.db"
    stores = open_stores(f"sqlite:///{path}")
    stores.decisions.append([DecisionRecord("d1", NOW - 60, "next_best_actions", "c1", "web", {})])
    keys = {scope: issue_key(stores.keys, [scope], scope, NOW) for scope in SCOPES}
    stores.close()
    return path, keys


@pytest.fixture
def stores(tmp_path: Path, furnished: tuple[Path, dict[str, str]]) -> Iterator[Stores]:
    path = shutil.copy(furnished[0], tmp_path)
    opened = open_stores(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture
def service(stores: Stores, furnished: tuple[Path, dict[str, str]]) -> Service:
    return Service(FakeApplication(), stores, furnished[1])
