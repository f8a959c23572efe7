"""The worked example of docs/decisions.md is what the code decides, to the last digit shown."""

from pathlib import Path

import numpy as np
import pytest

from tests.decisioning.worked_example import (
    LADDER,
    decision,
    funnel_lines,
    gain,
    price_lines,
    term_lines,
)

PAGE = Path(__file__).resolve().parents[2] / "docs" / "decisions.md"


@pytest.mark.parametrize("lines", [funnel_lines, price_lines, term_lines])
def test_the_page_shows_what_the_code_decides(lines):
    assert "\n".join(lines()) in PAGE.read_text(encoding="utf-8")


def test_the_arithmetic_of_the_page():
    """The formula written out once more, apart from the code that decides."""
    found = decision()
    p = (24 + 24.5 / 201) / 201
    assert found.response[0] == pytest.approx(p)
    worth = [gain(p, p - 0.05, step)[1] for step in LADDER[:3]]
    assert found.discount[0] == LADDER[int(np.argmax(worth))].discount == 0.10
    assert found.propensity[0] == pytest.approx(gain(p, p - 0.05, LADDER[2])[0])
    assert found.gain[0] == pytest.approx(max(worth))
    assert found.priority[0] == pytest.approx(max(worth) * 1.1)
    assert found.priority[3] == pytest.approx(0.03 * 300 - 2)
    assert np.nansum(found.probability) == pytest.approx(1)
    assert found.slate == (0,)
