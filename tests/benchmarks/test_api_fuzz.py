"""A few hundred cases of the document; ``benchmarks.api_fuzz`` sends tens of thousands."""

from pathlib import Path

import pytest

from benchmarks.api_fuzz import Found, copied, fuzz, service
from tests.integration.support import Trained

CASES = 14
"""Of each operation and at random; the edges of the schemas are left to the benchmark."""


@pytest.mark.slow
def test_the_service_keeps_to_its_document(village: Trained, tmp_path: Path) -> None:
    found = Found()
    with service(copied(village.settings.home, tmp_path)) as (url, key):
        found.add(
            *fuzz(url, key, tmp_path, CASES, 7, "--phases", "examples,fuzzing", "--no-shrink")
        )
    assert not found.failures, "\n".join(found.texts)
    assert found.cases >= 200
    assert found.operations >= 19
