"""Without the store: popular items of which the stock is known, no actions, and the truth told."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from serving.http import create_app
from serving.stores import Stores
from serving.stores.ports import StoreUnavailableError
from serving.swapping.front import Front
from serving.timely import THREADS, OutOfTimeError, TimeBudget
from tests.integration.support import Shop, item_ids
from tests.serving.support import refused

KEY = "a-key-from-the-setting"
DAY = 86_400


class Gone:
    """A store that is out of reach."""

    def __getattr__(self, name: str) -> Any:
        raise StoreUnavailableError("gone")


def _gone(*_: object) -> Any:
    raise StoreUnavailableError("gone")


class Cut:
    """A shop whose store can be cut off and mended."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self._whole: Stores = shop.parts.stores
        for scope in shop.keys:
            shop.keys[scope] = KEY
        self._open(self._whole)

    def cut(self) -> None:
        names = (
            "consents",
            "stock",
            "decisions",
            "ledger",
            "events",
            "keys",
            "links",
            "persons",
            "stamps",
        )
        self._open(replace(self._whole, **dict.fromkeys([*names, "stamps"], Gone())))

    def mend(self) -> None:
        self._open(self._whole)

    def _open(self, stores: Stores) -> None:
        shop = self.shop
        world = shop.parts.application.world
        world.stores, world.stock._store = stores, stores.stock
        front = Front(shop.parts.served, stores, shop.clock)
        shop.app = create_app(front.application, stores, shop.clock, f"admin:{KEY}")


@pytest.fixture
def cut(front: Shop) -> Cut:
    return Cut(front)


def test_items_are_popular_in_stock_and_for_nobody(cut: Cut) -> None:
    shop = cut.shop
    customer = shop.regulars("personalisation", "web")[0]
    assert shop.recommend(customer)["personalised"]
    gone = item_ids(shop.recommend("a stranger"))[0]
    shop.stock({"item_id": gone, "location_id": "online", "quantity": 0, "status": "out_of_stock"})
    shop.recommend(customer)  # the last look at the stock before the store goes
    cut.cut()
    told = shop.recommend(customer)
    assert (told["decision_id"], told["personalised"]) == (None, False)
    assert told["fallback"] == "store_unavailable"
    assert len(told["items"]) == 10
    assert gone not in item_ids(told)
    assert item_ids(told) == item_ids(shop.recommend("another")), "the same for everybody"
    assert {one["reason"] for one in told["items"]} <= {"popular", "popular_here", "new_item"}
    cut.mend()
    assert shop.recommend(customer)["personalised"]


def test_stock_that_grew_too_old_is_offered_no_more(cut: Cut) -> None:
    shop = cut.shop
    shop.recommend("c001")
    cut.cut()
    assert shop.recommend("c001")["items"]
    shop.clock.now += shop.bundle.policy.stock_max_age_s + DAY
    assert shop.recommend("c001")["items"] == []


def test_actions_and_writes_are_refused(cut: Cut) -> None:
    shop = cut.shop
    cut.cut()
    ask = {"subject": {"customer_id": "c001"}, "channel": "web"}
    level = {"item_id": "i001", "location_id": "online", "quantity": 1, "status": "in_stock"}
    for method, path, body in (
        ("POST", "/v1/next_best_actions", ask),
        ("PUT", "/v1/stock", {"levels": [level]}),
    ):
        answer = shop.call(method, path, body)
        refused(answer, 503, "store_unavailable")
        assert answer.headers["retry-after"]


def test_where_nobody_can_tell_who_was_erased_nobody_is_looked_up(
    front: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer, other = front.regulars("personalisation", "web")[:2]
    assert front.recommend(customer)["personalised"]
    monkeypatch.setattr(Stores, "erased", _gone)
    ask = {"subject": {"customer_id": other}, "channel": "web", "n": 1}
    for path in ("recommendations", "next_best_actions"):
        refused(front.call("POST", f"/v1/{path}", ask, "decide"), 503, "store_unavailable")


def test_a_key_that_cannot_be_checked_opens_nothing(cut: Cut) -> None:
    shop = cut.shop
    cut.cut()
    shop.keys["decide"] = "a-key-that-is-in-the-store"
    ask = {"subject": {"customer_id": "c001"}, "channel": "web"}
    refused(shop.call("POST", "/v1/recommendations", ask, "decide"), 503, "store_unavailable")


def test_work_in_time_is_returned_and_raises_as_it_does() -> None:
    budget = TimeBudget(60.0)
    assert budget.run(lambda: 7) == 7

    def broken() -> None:
        raise TimeoutError("of the work itself")

    with pytest.raises(TimeoutError, match="of the work itself"):
        budget.run(broken)
    budget.close()


def test_late_work_is_left_to_end_and_holds_up_nobody() -> None:
    budget, go = TimeBudget(0.01), threading.Event()
    ended: list[int] = []

    def late() -> None:
        go.wait()
        ended.append(1)

    for _ in range(THREADS):
        with pytest.raises(OutOfTimeError):
            budget.run(late)
    asked: list[int] = []
    with pytest.raises(OutOfTimeError):
        budget.run(lambda: asked.append(1))
    go.set()
    budget.close()
    assert (len(ended), asked) == (THREADS, []), "with every thread late, nothing more is begun"
    assert budget._late == 0


def test_out_of_time_the_answer_is_popular(front: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    budget = TimeBudget(0.001)
    go = threading.Event()
    slow = front.parts.application.recommending

    def recommending(*asked: Any) -> Any:
        go.wait()
        return slow(*asked)

    monkeypatch.setattr(front.parts.application, "recommending", recommending)
    served = Front(front.parts.served, front.parts.stores, front.clock, budget=budget)
    front.app = create_app(served.application, front.parts.stores, front.clock)
    front.parts.application.world.stock.refresh()
    told = front.recommend("c001")
    assert (told["decision_id"], told["fallback"]) == (None, "time_budget")
    assert len(told["items"]) == 10
    go.set()
    budget.close()
