"""What is popular with people of whom something is known: by hand."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from decisioning.item_cut import Lineup, Trial
from decisioning.items import Ground, decision_of
from decisioning.newcomer_items import stand_in
from decisioning.reasons import CODE
from decisioning.recommender.places.segments import (
    KEPT,
    SMOOTHING,
    Segments,
    areas,
    language,
    origin,
    popular_with,
)

SHOP, WEB, SOUTH, TOWN = range(1, 5)
BUYERS = np.array(
    [
        [40, 30, 20, 10, 0],
        [2, 15, 20, 0, 0],
        [4, 1, 0, 10, 0],
        [10, 4, 6, 5, 0],
        [0, 4, 0, 5, 0],
    ],
    dtype=np.float32,
)
SEGMENTS = Segments(
    names=np.array(["", "location=s1", "channel=web", "area=GB", "area=GB SW"]),
    parent=np.array([-1, 0, 0, 0, SOUTH]),
    customers=np.array([100, 40, 20, 30, 20], dtype=np.float32),
    buyers=sparse.csr_matrix(BUYERS),
    declared=np.array([[TOWN, 0], [0, 0]]),
)


def test_a_cell_is_drawn_towards_the_one_it_lies_in() -> None:
    everybody = BUYERS[0] / 100
    np.testing.assert_allclose(SEGMENTS.rates(0), everybody, rtol=1e-6)
    shop = (BUYERS[SHOP] + SMOOTHING * everybody) / 60
    np.testing.assert_allclose(SEGMENTS.rates(SHOP), shop, rtol=1e-6)
    south = (BUYERS[SOUTH] + SMOOTHING * everybody) / 50
    town = (BUYERS[TOWN] + SMOOTHING * south) / 40
    np.testing.assert_allclose(SEGMENTS.rates(TOWN), town, rtol=1e-6)


def test_a_value_that_holds_too_few_is_everybody() -> None:
    assert SEGMENTS.cell("location", "s1") == SHOP
    for value in ("s2", "", None):
        assert SEGMENTS.cell("location", value) == 0
    assert SEGMENTS.attribute(TOWN) == "area"


def test_nothing_known_is_what_everybody_buys() -> None:
    said = popular_with(SEGMENTS, [0, 0])
    assert said.score.tolist() == pytest.approx((BUYERS[0] / 100).tolist())
    assert said.tier.tolist() == [0, 0, 0, 0, -1]
    assert said.reasons == ("popular",)
    assert said.anchor.tolist() == [-1] * 5


def test_of_several_cells_the_mean_counts_and_one_told_twice_counts_once() -> None:
    said = popular_with(SEGMENTS, [SHOP, WEB, 0, SHOP])
    np.testing.assert_allclose(
        said.score, (SEGMENTS.rates(SHOP) + SEGMENTS.rates(WEB)) / 2, rtol=1e-6
    )


def test_an_item_is_called_popular_where_more_bought_it_and_enough_did() -> None:
    said = popular_with(SEGMENTS, [SHOP, WEB, TOWN])
    # Item 0: fewer of the shop's bought it. Item 1: 15 of 40 against 30 of 100. Item 3: half of
    # those of the web, a quarter of the town's. Item 4: nobody.
    assert [said.reason(k) for k in range(4)] == [
        "popular", "popular_here", "popular_here", "popular_on_channel",
    ]  # fmt: skip
    assert said.tier[4] == -1
    assert popular_with(SEGMENTS, [SHOP], own_shop=True).reason(2) == "popular_your_shop"
    assert popular_with(SEGMENTS, [WEB], own_shop=True).reason(3) == "popular_on_channel"
    town = popular_with(SEGMENTS, [TOWN])
    assert town.reason(3) == "popular_near_you"
    # Four of twenty bought item 1, which is less than elsewhere; and four are too few to tell.
    few = Segments(
        SEGMENTS.names, SEGMENTS.parent, SEGMENTS.customers,
        sparse.csr_matrix(np.where(BUYERS == 5, 4, BUYERS)), SEGMENTS.declared,
    )  # fmt: skip
    assert popular_with(few, [TOWN]).reason(3) == "popular"


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (None, None),
        ("  ", None),
        ("Search", "search"),
        ("https://www.Example.org/a?b=1", "example.org"),
        ("news.example.org?x", "news.example.org"),
    ],
)
def test_where_a_session_came_from(told: str | None, found: str | None) -> None:
    assert origin(told) == found


def test_languages_and_areas() -> None:
    assert [language(one) for one in ("en-GB", "fr_CA", "de", "", None)] == [
        "en", "fr", "de", None, None,
    ]  # fmt: skip
    assert areas("gb", "sw1a 1aa") == ("GB SW1A", "GB SW", "GB")
    assert areas("FR", "751") == ("FR 75", "FR")
    assert areas("FR", None) == ("FR",)
    assert areas(None, "75011") == (" 7501", " 75")
    assert areas(None, None) == ()


def test_what_stands_in_keeps_why_and_the_lot_and_fills_up() -> None:
    ground = Ground(known=True, consented=False)
    verdicts = np.zeros(5, dtype=np.int16)
    verdicts[2] = CODE["out_of_stock"]
    lot = Trial(share=0.5, draw=0.9, pool=())
    before = decision_of(Lineup(trial=lot), ground, verdicts, 4)
    said = popular_with(SEGMENTS, [SHOP])
    popularity = np.array([0.1, 0.2, 0.3, 0.4, 0.5], dtype=np.float32)
    found = stand_in(before, said, verdicts, popularity, 4)
    assert (found.personalised, found.fallback) == (False, "no_consent")
    assert found.ground == ground
    assert found.lineup.trial == lot
    assert [one.item for one in found.slate] == [1, 0, 3, 4]
    assert [one.reason for one in found.slate] == ["popular_here", "popular", "popular", "popular"]
    assert (2, CODE["out_of_stock"]) in found.dropped


def test_what_is_kept_of_cells_is_little_and_the_same() -> None:
    segments = replace(SEGMENTS)
    asked = [(cell, other) for cell in range(4) for other in range(4)]
    first = [popular_with(segments, cells) for cells in asked]
    assert len(segments.told) == KEPT
    for cells, said in zip(asked, first, strict=True):
        again = popular_with(segments, cells)
        np.testing.assert_array_equal(again.score, said.score)
        np.testing.assert_array_equal(again.tier, said.tier)
        assert popular_with(segments, cells) is again
        assert again.reasons == said.reasons
    assert len(segments.told) == KEPT
