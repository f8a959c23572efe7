"""What follows from an array that nobody changes is worked out once, while it lives."""

import gc

import numpy as np
import pytest
from numpy.typing import NDArray

from decisioning.once import of_unchanging


class Counted:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, array: NDArray[np.int16]) -> int:
        self.asked += 1
        return int(array.sum())


def fixed(*values: int) -> NDArray[np.int16]:
    array = np.array(values, dtype=np.int16)
    array.flags.writeable = False
    return array


def test_once_for_an_array_that_is_read_only_and_for_all_of_it() -> None:
    work = Counted()
    told, array = of_unchanging(work), fixed(1, 2, 3)
    assert [told(array), told(array[None][0]), told(array[:])] == [6, 6, 6]
    assert work.asked == 1


@pytest.mark.parametrize(
    "array",
    [np.array([1, 2]), fixed(1, 2, 0)[:2], fixed(2, 1)[::-1], fixed(1, 2).view(np.int8)],
    ids=["writeable", "a part", "turned", "read otherwise"],
)
def test_every_time_for_anything_else(array: NDArray[np.int16]) -> None:
    work = Counted()
    told = of_unchanging(work)
    assert told(array) == told(array) == int(array.sum())
    assert work.asked == 2


def test_what_was_changed_is_looked_at_anew() -> None:
    told, array = of_unchanging(Counted()), np.array([1, 2])
    assert told(array) == 3
    array[0] = 5
    assert told(array) == 7


def test_a_buffer_of_something_else_is_no_array_to_remember() -> None:
    work = Counted()
    told, array = of_unchanging(work), np.frombuffer(bytes([1, 0, 2, 0]), dtype=np.int16)
    assert told(array) == told(array) == 3
    assert work.asked == 2


def test_it_is_forgotten_with_its_array() -> None:
    work = Counted()
    told = of_unchanging(work)
    for k in range(5):
        array = fixed(k, 1)
        assert told(array) == k + 1
        del array
        gc.collect()
    assert work.asked == 5
