"""A value's place among thresholds is that of a search, whatever bits the values have."""

import hypothesis.strategies as st
import numpy as np
from hypothesis import example, given, settings

from bundle.thresholds import Thresholds

FINITE = st.one_of(st.floats(-1e308, 1e308), st.sampled_from([0.0, -0.0]))
NARROW = st.integers(0, 40).map(lambda k: 1000.0 + k / 64)
"""Far more than a few of these have the same leading bits."""
COLUMN = st.lists(st.one_of(FINITE, NARROW), min_size=1, max_size=20, unique=True).map(sorted)


@given(
    columns=st.lists(COLUMN, min_size=1, max_size=4),
    seed=st.integers(0, 2**32 - 1),
    narrow=st.booleans(),
)
@example([[-3.402823364973241e38]], 0, False)  # just above the lowest float32
@example([[-3.4028234663852886e38, 3.4028234663852886e38]], 0, True)
@settings(max_examples=60, deadline=None)
def test_the_count_is_that_of_a_search(columns, seed, narrow):
    rng = np.random.default_rng(seed)
    held = [np.array(column) for column in columns]
    pool = np.concatenate([*held, [0.0, -0.0, np.inf, -np.inf, 1e-40, -1e-300, 3.5e38, 1000.1]])
    pool = np.concatenate([pool, np.nextafter(pool, np.inf), np.nextafter(pool, -np.inf)])
    values = rng.choice(pool, (len(held), 50))
    if narrow:
        with np.errstate(over="ignore"):
            values = values.astype(np.float32)

    made = Thresholds.of(held)

    found = made.places(values) - made.first

    expected = [np.searchsorted(column, row) for column, row in zip(held, values, strict=True)]
    np.testing.assert_array_equal(found, np.stack(expected))


def test_only_what_is_crowded_is_searched():
    crowded, wide = 1000.0 + np.arange(40) / 64, np.arange(1.0, 40.0)

    made = Thresholds.of([wide, crowded, wide])

    assert made.crowded == (1,)
    assert 1 <= made.steps <= 4
    values = np.tile(np.linspace(990, 1010, 300), (3, 1))
    assert (made.places(values) - made.first)[1].tolist() == np.searchsorted(
        crowded, values[1]
    ).tolist()
