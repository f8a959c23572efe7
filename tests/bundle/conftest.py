"""Fixtures of the bundle tests: boosters are fitted once, a bundle is written once."""

import shutil
from pathlib import Path

import pytest

from bundle.contents import BundleParts
from tests.bundle.support import make_parts, write


@pytest.fixture(scope="session")
def parts() -> BundleParts:
    return make_parts()


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory, parts: BundleParts) -> Path:
    directory = tmp_path_factory.mktemp("written") / "bundle"
    write(directory, parts)
    return directory


@pytest.fixture
def copy(tmp_path: Path, written: Path) -> Path:
    """A bundle to spoil."""
    return Path(shutil.copytree(written, tmp_path / "bundle"))
