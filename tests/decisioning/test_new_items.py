"""What a ranker put forward and nobody bought yet is named as new; nothing else changes."""

from dataclasses import replace

import numpy as np
import pytest

from decisioning.item_cut import Candidate, Lineup, Trial
from decisioning.items import Ground, ItemDecision, decision_of
from decisioning.new_items import LIKE, named_as_new

LINES = np.array([9, 0, 0, 4, 0], dtype=np.float32)


@pytest.fixture
def decided() -> ItemDecision:
    ranked = (
        Candidate(0, 0.9, 0, similar=True),
        Candidate(1, 0.8, 0, similar=True),
        Candidate(2, 0.7, 0, orders=1, last_days=0.0),
        Candidate(4, 0.6, 8, similar=True),
        Candidate(3, 0.5, 0),
    )
    lineup = Lineup(ranked, trial=Trial(0.1, 0.5, ()))
    found = decision_of(lineup, Ground(True, True, True), np.zeros(5, dtype=np.int16), 4)
    return replace(found, anchors={1: 0})


def test_only_the_reason_of_what_nobody_bought_changes(decided: ItemDecision) -> None:
    found = named_as_new(decided, LINES, 4)
    # Item 2 was bought by this customer since: that is what speaks for it.
    assert [one.reason for one in found.slate] == [
        "similar_customers", LIKE, "repeat_purchase", "popular",
    ]  # fmt: skip
    assert [replace(one, reason="") for one in found.slate] == [
        replace(one, reason="") for one in decided.slate
    ]
    assert found.dropped == decided.dropped == ((4, 8),)
    assert (found.anchors, found.ground) == (decided.anchors, decided.ground)
    assert found.lineup.trial == decided.lineup.trial
    places = {c.item: c.place for c in found.lineup.ranked}
    assert places == {0: "", 1: LIKE, 2: "", 4: LIKE, 3: ""}


def test_where_all_was_bought_nothing_changes(decided: ItemDecision) -> None:
    assert named_as_new(decided, LINES + 1, 4) is decided


def test_what_a_place_put_forward_keeps_its_reason(decided: ItemDecision) -> None:
    ranked = tuple(replace(c, place="new") for c in decided.lineup.ranked)
    placed = replace(decided, lineup=Lineup(ranked))
    assert named_as_new(placed, LINES, 4) is placed
