"""One service of two workers for all its faults: starting it takes seconds."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.faults.running import Running
    from tests.integration.support import Trained


@pytest.fixture(scope="module")
def running(village: "Trained", tmp_path_factory: pytest.TempPathFactory) -> Iterator["Running"]:
    from tests.faults.running import serving

    with serving(village, tmp_path_factory.mktemp("faults") / "home") as started:
        yield started
