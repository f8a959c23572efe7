"""A few hundred cases of the document; ``benchmarks.api_fuzz`` sends tens of thousands."""

from pathlib import Path

import pytest

from benchmarks.api_fuzz import SLOW, Found, copied, fuzz, service
from tests.integration.support import Trained

CASES = 12
"""Of each operation and at random; the edges of the schemas are left to the benchmark."""
QUICK = ("--phases", "examples,fuzzing", "--no-shrink")


@pytest.mark.slow
def test_the_service_keeps_to_its_document(village: Trained, tmp_path: Path) -> None:
    found = Found()
    others = [part for name in SLOW for part in ("--exclude-operation-id", name)]
    with service(copied(village.settings.home, tmp_path)) as (url, key):
        found.add(*fuzz(url, key, tmp_path, CASES, 7, *QUICK, *others))
    assert not found.failures, "\n".join(found.texts)
    assert found.cases >= 200
    assert found.operations >= 17
