"""What of the shelves a decision on actions is told, counted or looked at item by item."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.catalogue import GOALS
from decisioning.reasons import CODE, PASSED
from serving.action_block import _by_goal, _left
from tests.decisioning.support import make_state, quick


@quick
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.2, 0.9, 1.0]), st.sampled_from([0.0, 0.4]))
def test_what_is_left_for_a_goal_is_counted_as_it_is_looked_at(
    seed: int, refused: float, density: float
) -> None:
    state = make_state(seed, 3, 12, density)
    out = np.random.default_rng(seed).random(12) < refused
    verdicts = np.where(out, CODE["out_of_stock"], PASSED).astype(np.int16)
    for customer in (-1, 0, 1, 2):
        seen = _by_goal(state, verdicts == PASSED, customer)
        assert _left(state, verdicts, customer) == {g: bool(seen[g].any()) for g in GOALS}


@pytest.mark.parametrize("customer", [-1, 0])
def test_nothing_is_left_of_nothing(customer: int) -> None:
    verdicts = np.full(6, CODE["discontinued"], dtype=np.int16)
    assert _left(make_state(1, 2, 6, 1.0), verdicts, customer) == dict.fromkeys(GOALS, False)
