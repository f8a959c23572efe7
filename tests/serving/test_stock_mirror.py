"""The mirror against the store it follows, and against a dictionary."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from decisioning.policy import Policy
from decisioning.reasons import CODE, PASSED
from decisioning.stock import STATUS, UNKNOWN
from features.ids import IdMap
from serving.stock_mirror import StockMirror
from serving.stores.ports import StockRow, StockTally

ITEMS = IdMap(["a", "b", "c"])


class Feed:
    """A stock store in memory: the newest figure of each item and place, numbered by write."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], StockRow] = {}
        self.sequence = 0
        self.asked: list[int] = []

    def put(self, rows: list[StockRow]) -> StockTally:
        self.sequence += 1
        for row in rows:
            self.rows[row.item_id, row.location_id] = row._replace(sequence=self.sequence)
        return StockTally(len(rows), 0)

    def changes_since(self, sequence: int) -> tuple[list[StockRow], int]:
        self.asked.append(sequence)
        rows = [row for row in self.rows.values() if row.sequence > sequence]
        return sorted(rows, key=lambda r: r.sequence), max(self.sequence, sequence)


def test_what_is_not_held_is_unknown() -> None:
    mirror = StockMirror(Feed(), ITEMS)
    mirror.refresh()
    view = mirror.view("anywhere")
    assert np.isnan(view.quantity).all()
    assert view.status.tolist() == [UNKNOWN] * 3


def test_it_asks_for_what_changed_only() -> None:
    feed = Feed()
    mirror = StockMirror(feed, ITEMS)
    feed.put([StockRow("a", "x", 3.0, "in_stock", 10)])
    mirror.refresh()
    feed.put([StockRow("b", "x", 0.0, "out_of_stock", 20), StockRow("b", "y", 1.0, "in_stock", 21)])
    mirror.refresh()
    mirror.refresh()
    assert feed.asked == [0, 1, 2]
    x, y = mirror.view("x"), mirror.view("y")
    np.testing.assert_array_equal(x.quantity, [3.0, 0.0, np.nan])
    assert x.status.tolist() == [STATUS["in_stock"], STATUS["out_of_stock"], UNKNOWN]
    assert x.as_of.tolist() == [10, 20, 0]
    assert (x.location_id, y.location_id) == ("x", "y")
    assert y.as_of.tolist() == [0, 21, 0]
    # What stands for every unknown place is never written to.
    assert np.isnan(mirror.view("z").quantity).all()


def test_items_outside_the_catalogue_are_passed_over() -> None:
    feed = Feed()
    mirror = StockMirror(feed, ITEMS)
    feed.put(
        [StockRow("not-ours", "x", 9.0, "in_stock", 1), StockRow("c", "x", 2.0, "in_stock", 1)]
    )
    mirror.refresh()
    np.testing.assert_array_equal(mirror.view("x").quantity, [np.nan, np.nan, 2.0])


SOLD = np.zeros(3, dtype=np.bool_)


def test_verdicts_are_kept_until_a_figure_of_the_place_changes() -> None:
    feed = Feed()
    mirror = StockMirror(feed, ITEMS)
    feed.put([StockRow(i, place, 3.0, "in_stock", 10) for i in "abc" for place in "xy"])
    mirror.refresh()
    policy = Policy(stock_max_age_s=100)
    here, there = (mirror.verdicts(place, SOLD, policy, 20) for place in "xy")
    mirror.refresh()
    assert mirror.verdicts("x", SOLD, policy, 21) is here

    feed.put([StockRow("b", "x", 0.0, "out_of_stock", 20)])
    mirror.refresh()

    assert mirror.verdicts("x", SOLD, policy, 21).tolist() == [PASSED, CODE["out_of_stock"], PASSED]
    assert here.tolist() == [PASSED] * 3
    assert mirror.verdicts("y", SOLD, policy, 21) is there
    late = mirror.verdicts("x", SOLD, policy, 111).tolist()
    assert late == [CODE["stock_stale"], CODE["out_of_stock"], CODE["stock_stale"]]


def test_another_policy_or_catalogue_binds_the_next_decision() -> None:
    feed = Feed()
    mirror = StockMirror(feed, ITEMS)
    feed.put([StockRow(i, "x", 3.0, "in_stock", 10) for i in "abc"])
    mirror.refresh()
    assert mirror.verdicts("x", SOLD, Policy(), 20).tolist() == [PASSED] * 3
    told = mirror.verdicts("x", SOLD, Policy(stock_reserve=3.0), 20)
    assert told.tolist() == [CODE["out_of_stock"]] * 3
    told = mirror.verdicts("x", ~SOLD, Policy(), 20)
    assert told.tolist() == [CODE["discontinued"]] * 3


def test_places_of_which_nothing_is_held_share_their_verdicts() -> None:
    mirror = StockMirror(Feed(), ITEMS)
    policy = Policy()
    told = mirror.verdicts("anywhere", SOLD, policy, 20)
    assert told.tolist() == [CODE["stock_unknown"]] * 3
    assert mirror.verdicts("elsewhere", SOLD, policy, 20) is told


figures = st.tuples(
    st.sampled_from(["a", "b", "c", "other"]),
    st.sampled_from(["x", "y"]),
    st.sampled_from(sorted(STATUS)),
    st.integers(0, 5),
)


@settings(max_examples=60, deadline=None)
@given(writes=st.lists(st.lists(figures, max_size=4), max_size=8), refresh=st.lists(st.booleans()))
def test_however_often_it_looks_it_holds_the_last_figures(
    writes: list[list[tuple[str, str, str, int]]], refresh: list[bool]
) -> None:
    feed = Feed()
    mirror = StockMirror(feed, ITEMS)
    for k, rows in enumerate(writes):
        feed.put([StockRow(i, place, float(n), s, k) for i, place, s, n in rows])
        if k < len(refresh) and refresh[k]:
            mirror.refresh()
    mirror.refresh()
    for place in ("x", "y"):
        view = mirror.view(place)
        for k, item in enumerate(ITEMS.ids):
            row = feed.rows.get((item, place))
            if row is None:
                assert view.status[k] == UNKNOWN
            else:
                held = (view.quantity[k], view.status[k], view.as_of[k])
                assert held == (row.quantity, STATUS[row.status], row.as_of)
