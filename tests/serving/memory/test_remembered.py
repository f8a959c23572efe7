"""What is forgotten first, and what is not kept at all."""

import numpy as np

from decisioning.stock import StockView
from serving.memory.remembered import Memory, Remembered
from serving.memory.watched import Notes, Shown


def remembered(decision: str, until: int = 9) -> Remembered[str]:
    return Remembered.of(decision, Notes({}), [], 1, until)


def test_what_was_not_asked_for_longest_is_forgotten() -> None:
    memory: Memory[str] = Memory(2)
    memory.keep("a", remembered("A"))
    memory.keep("b", remembered("B"))
    assert memory.find("a") is not None
    memory.keep("c", remembered("C"))
    assert memory.find("b") is None
    assert [one and one.decision for one in map(memory.find, "ac")] == ["A", "C"]
    memory.keep("a", remembered("another"))
    assert len(memory) == 2
    found = memory.find("a")
    assert found is not None
    assert found.decision == "another"


def test_what_does_not_last_is_not_kept() -> None:
    memory, none = Memory[str](2), Memory[str](0)
    memory.keep("a", remembered("A", until=1))
    none.keep("a", remembered("A"))
    assert (len(memory), len(none)) == (0, 0)


def test_figures_that_an_answer_shows_stand_until_one_of_them_moves() -> None:
    view = StockView.unknown(4)
    view.quantity[:] = [5, 6, 7, 8]
    shown = Shown.of(view, [2, 0])
    assert shown.stands(view)
    newer = StockView(view.location_id, view.quantity.copy(), view.status, view.as_of.copy())
    newer.quantity[1] = 0
    assert shown.stands(newer)
    newer.as_of[2] = 3
    assert not shown.stands(newer)
    newer = StockView(view.location_id, view.quantity.copy(), view.status, view.as_of)
    newer.quantity[0] = np.float32(4)
    assert not shown.stands(newer)
