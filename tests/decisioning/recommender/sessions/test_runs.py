"""Runs of equal values, against itertools."""

from itertools import groupby

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from decisioning.recommender.models.runs import places_in_runs, run_sizes, run_starts


@given(st.lists(st.integers(0, 5)).map(sorted))
def test_runs_are_the_groups_of_itertools(values: list[int]) -> None:
    held = np.array(values, dtype=np.int64)
    sizes = [len(list(group)) for _, group in groupby(values)]
    starts = run_starts(held)
    assert starts.tolist() == [values.index(value) for value in dict.fromkeys(values)]
    assert run_sizes(starts, held.size).tolist() == sizes
    assert places_in_runs(held).tolist() == [place for size in sizes for place in range(size)]
