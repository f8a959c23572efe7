"""The live village under settings of a test, with what a test plants in its store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from features.settings import read_settings
from nextbest.doctor.findings import Site
from nextbest.terminal import now
from serving.stores import Stores, open_stores
from tests.integration.support import settings_of
from tests.nextbest.doctor.support import Plant


@pytest.fixture
def site(home: Path, free_port: int) -> Plant:
    """The live village as doctor sees it, under settings of the test."""

    def site(**environ: str) -> Site:
        told = {"NEXTBEST_HOME": str(home), "NEXTBEST_PORT": str(free_port), **environ}
        return Site(read_settings(told), told, now())

    return site


@pytest.fixture
def stores(home: Path) -> Iterator[Stores]:
    opened = open_stores(settings_of(home).store_url)
    yield opened
    opened.close()
