import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.ids import IdMap


@given(st.lists(st.text(min_size=1)), st.text(min_size=1))
def test_ids_come_back(ids: list[str], other: str):
    ids_map = IdMap.from_ids(ids)
    index = ids_map.index_of(ids)
    assert ids_map.ids[index].tolist() == ids
    assert len(ids_map) == len(set(ids))
    assert (other in ids_map) == (other in ids)
    assert (ids_map.index_of([other])[0] >= 0) == (other in ids)


@given(st.permutations(["a", "b", "c", "d"]))
def test_the_order_of_arrival_does_not_matter(ids: list[str]):
    assert IdMap.from_ids(ids) == IdMap(["a", "b", "c", "d"])
    assert hash(IdMap.from_ids(ids)) == hash(IdMap(["a", "b", "c", "d"]))


def test_unknown_ids_are_minus_one():
    index = IdMap(["b", "a"]).index_of(["a", "z", "b"])
    assert index.tolist() == [1, -1, 0]
    assert index.dtype == np.int64
    assert IdMap([]).index_of([]).dtype == np.int64


def test_a_repeated_id_is_refused():
    with pytest.raises(ValueError, match="'a' comes twice"):
        IdMap(["a", "b", "a"])


def test_indices_must_be_contiguous():
    assert IdMap.from_indices({"b": 1, "a": 0}) == IdMap(["a", "b"])
    with pytest.raises(ValueError, match=r"0\.\.1"):
        IdMap.from_indices({"a": 0, "b": 2})


def test_the_ids_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        IdMap(["a"]).ids[0] = "b"
