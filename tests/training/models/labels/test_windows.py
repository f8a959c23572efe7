"""No outcome window of one part reaches into the next."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.policy import DAY
from training.models.labels.windows import Spacing

UNTIL = 1_700_000_000


@given(st.integers(1, 20), st.integers(1, 40), st.integers(0, 14), st.integers(1, 120))
def test_windows_of_the_parts_follow_each_other(
    train: int, step: int, gap: int, horizon: int
) -> None:
    m = Spacing(train, step, gap).before(UNTIL, horizon)
    whole = m.gap + m.horizon
    assert len(m.train) == train
    assert list(m.train) == sorted(m.train)
    assert max(m.train) + whole <= m.later
    assert m.later + whole <= m.test
    assert m.test + whole == UNTIL
    assert set(np.diff(m.train)) <= {step * DAY}


def test_masks_part_the_rows() -> None:
    m = Spacing(2, 5).before(UNTIL, 30)
    at = np.array([*m.every, m.test + 1])
    assert [mask.tolist() for mask in m.masks(at)] == [
        [True, True, False, False, False],
        [False, False, True, False, False],
        [False, False, False, True, False],
    ]


@pytest.mark.parametrize(("spacing", "days"), [((0, 10, 0), 30), ((3, 0, 0), 30), ((3, 1, -1), 30),
                                               ((3, 1, 0), 0)])  # fmt: skip
def test_nonsense_is_refused(spacing: tuple[int, int, int], days: int) -> None:
    with pytest.raises(ValueError, match="at least"):
        Spacing(*spacing).before(UNTIL, days)
