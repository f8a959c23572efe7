"""What a visitor's events tell live is what the same events tell in training."""

from dataclasses import replace

import numpy as np

from decisioning.policy import DAY
from decisioning.reasons import CODE
from decisioning.recommender.sessions.events import EVENT_WEIGHTS, LONGEST
from serving.places import Asker
from serving.recent import Doing
from serving.requests import RecommendationsRequest
from tests.decisioning.support import same
from training.recommender.sessions.load import SessionSource, sessions_of

REQUEST = RecommendationsRequest.model_validate({"subject": {"visitor_id": "v"}, "channel": "web"})
N_ITEMS = 9


def asker(*doings: tuple[str, int]) -> Asker:
    told = tuple(Doing(kind, item, 100 + k, f"o{k}") for k, (kind, item) in enumerate(doings))
    return Asker(REQUEST, -1, True, told, 0, False, np.zeros(N_ITEMS, dtype=np.int16))


def test_an_event_weighs_the_same_live_as_in_training() -> None:
    events = [("product_view", 3), ("add_to_cart", 3), ("wishlist", 5), ("product_view", 4)]
    live = asker(*events).session(N_ITEMS)
    source = SessionSource()
    learned = sessions_of(
        session=np.zeros(4, dtype=np.int64),
        item=np.array([item for _, item in events]),
        weight=np.array([source.event_weights[kind] for kind, _ in events]),
        n_items=N_ITEMS,
        longest=source.longest,
    )
    assert same(live, learned)
    assert live.weight.tolist() == [1.0, 2.0, 1.5, 1.0]
    assert source.longest == LONGEST
    assert dict(source.event_weights) == EVENT_WEIGHTS


def test_what_tells_nothing_of_an_item_we_know_is_no_part_of_a_session() -> None:
    nothing = [("remove_from_cart", 2), ("page_view", 2), ("product_view", -1), ("search", -1)]
    found = asker(("purchase", 1), *nothing).session(N_ITEMS)
    assert (found.item.tolist(), found.weight.tolist()) == ([1], [1.0])
    assert asker(*nothing).session(N_ITEMS).item.size == 0


def test_only_the_last_events_count() -> None:
    long = [("product_view", k % N_ITEMS) for k in range(LONGEST + 7)]
    found = asker(*long).session(N_ITEMS)
    assert found.item.tolist() == [item for _, item in long[-LONGEST:]]
    assert found.age[[0, -1]].tolist() == [LONGEST - 1, 0]


def test_what_lies_in_the_basket_is_not_what_comes_next() -> None:
    did = [("add_to_cart", 1), ("add_to_cart", 2), ("remove_from_cart", 2), ("add_to_cart", 3)]
    told = asker(*did, ("purchase", 3), ("product_view", 4), ("add_to_cart", 5))
    told.verdicts[5] = CODE["out_of_stock"]
    found = told.past_the_basket().verdicts
    assert {k: int(v) for k, v in enumerate(found) if v} == {
        1: CODE["excluded"],
        3: CODE["excluded"],
        5: CODE["out_of_stock"],
    }
    assert np.flatnonzero(told.verdicts).tolist() == [5]


def test_what_was_bought_a_day_before_may_come_next() -> None:
    def doing(kind: str, item: int, at: int) -> Doing:
        return Doing(kind, item, at, f"o{at}")

    told = replace(
        asker(),
        doings=(
            doing("purchase", 1, 0),
            doing("purchase", 2, 1),
            doing("purchase", -1, DAY),
            doing("product_view", 3, DAY),
        ),
    )
    assert np.flatnonzero(told.past_the_basket().verdicts).tolist() == [2]
