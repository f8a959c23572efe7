"""The shelf: sold out, refused, delivered."""

import numpy as np

from training.simulation.shelf import GOALS, Shelf
from training.simulation.truth_file import StockSpec

SPEC = StockSpec(items=3, replenish_weeks=2, units_per_1000_customers=50)
EVERYBODY = np.arange(40)


def test_no_more_is_sold_than_there_is_and_the_rest_go_without() -> None:
    shelf = Shelf(SPEC, seed=1, m=40, reserve=0)
    left_out = shelf.take({"any": EVERYBODY})
    # Two units of each of three articles.
    assert (~left_out).sum() <= 6
    assert left_out.sum() >= 34
    assert shelf.sellable()["discover"].all()


def test_what_is_gone_is_not_sellable_until_it_is_delivered() -> None:
    shelf = Shelf(SPEC, seed=1, m=40, reserve=0)
    for _ in range(3):
        shelf.take({goal: EVERYBODY[shelf.sellable()[goal]] for goal in GOALS})
    assert not any(told.any() for told in shelf.sellable().values())
    assert all(np.isnan(margin).all() for margin in shelf.margins().values())
    shelf.deliver(1)
    assert not shelf.sellable()["any"].any()
    shelf.deliver(2)
    assert shelf.sellable()["any"].all()


def test_the_reserve_is_never_sold() -> None:
    shelf = Shelf(SPEC, seed=1, m=40, reserve=3)
    sold = 0
    for _ in range(10):
        buyers = EVERYBODY[shelf.sellable()["any"]]
        sold += buyers.size - int(shelf.take({"any": buyers}).sum())
    assert sold <= 6


def test_margins_are_those_of_what_can_be_sold() -> None:
    shelf = Shelf(SPEC, seed=1, m=40, reserve=0)
    margins = shelf.margins()["any"]
    assert ((margins >= 0.1) & (margins <= 0.4)).all()
