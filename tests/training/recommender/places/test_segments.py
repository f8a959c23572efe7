"""Who has what in common, and what they buy: against counting by hand."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from decisioning.recommender.places.segments import LEAST, Segments
from tests.integration.village import DAY, END, Village
from training.recommender.interactions import Interactions, load_interactions
from training.recommender.places.segments import SegmentsConfig, fit_segments

CUT = END - 60 * DAY
REFUSERS = frozenset(f"c{k:03d}" for k in range(0, 240, 5))


class Told(Village):
    """The village, where customers say where they live and how they came."""

    def fingerprint(self) -> str:
        return super().fingerprint() + "told"

    def frames(self) -> dict[str, pd.DataFrame]:
        drawn = super().frames()
        customers = drawn["customers"]
        number = np.arange(len(customers))
        customers["country"] = np.where(number < 225, "GB", "FR")
        customers["postal_code"] = np.where(number < 120, "SW1A 1AA", "M1 1AE")
        customers["locale"] = np.where(number % 2, "en-GB", None)
        lines = drawn["transactions"]
        lines["channel"] = np.where(lines["order_id"].str[1:4].astype(int) < 80, "web", "shop")
        shoppers = customers["customer_id"][:100].to_list()
        drawn["identifiers"] = pd.DataFrame(
            {
                "identifier_type": "cookie",
                "value": [f"ck-{name}" for name in shoppers],
                "customer_id": shoppers,
                "observed_at": CUT - 50 * DAY,
            }
        )
        drawn["events"] = pd.DataFrame(
            {
                "event_id": [f"e-{name}" for name in shoppers],
                "visitor_id": [f"ck-{name}" for name in shoppers],
                "session_id": [f"s-{name}" for name in shoppers],
                "occurred_at": [CUT - DAY if k < 80 else CUT + DAY for k in range(100)],
                "event_type": "page_view",
                "referrer": ["https://www.example.org/x"] * 90 + [None] * 10,
            }
        )
        return drawn


@pytest.fixture(scope="module")
def shop(
    plain: Callable[..., DuckDBPyConnection],
) -> tuple[DuckDBPyConnection, Interactions]:
    con = plain(Told(), REFUSERS)
    return con, load_interactions(con, CUT, honour_consents=True)


@pytest.fixture(scope="module")
def found(shop: tuple[DuckDBPyConnection, Interactions]) -> Segments:
    return fit_segments(*shop, CUT, SegmentsConfig())


def active(data: Interactions) -> np.ndarray:
    """Customers who train and bought in the sixty days before the cut."""
    late = (data.at >= CUT - 60 * DAY) & (data.at < CUT)
    who = np.unique(data.customer[late])
    return who[data.trains[who]]


def test_cells_are_those_of_customers_who_train_and_buy(
    shop: tuple[DuckDBPyConnection, Interactions], found: Segments
) -> None:
    data = shop[1]
    who = active(data)
    number = np.array([int(data.customers.ids[k][1:]) for k in who])
    expected = {
        "": np.ones(who.size, dtype=np.bool_),
        **{f"location=s{s}": number % 4 == s for s in range(4)},
        "channel=web": number < 80,
        "channel=shop": number >= 80,
        "referrer=example.org": number < 80,  # the others came after the cut
        "area=GB": number < 225,
        "area=GB SW": number < 120,
        "area=GB SW1A": number < 120,
        "area=GB M1": (number >= 120) & (number < 225),
        "area=GB M11A": (number >= 120) & (number < 225),
        "language=en": number % 2 == 1,
    }
    kept = {name: mask for name, mask in expected.items() if mask.sum() >= LEAST}
    assert set(found.names.tolist()) == set(kept)
    late = (data.at >= CUT - 60 * DAY) & (data.at < CUT)
    for cell, name in enumerate(found.names.tolist()):
        mine = who[kept[name]]
        assert found.customers[cell] == mine.size
        lines = late & np.isin(data.customer, mine)
        pair = np.unique(data.customer[lines] * len(data.items) + data.item[lines])
        counts = np.bincount(pair % len(data.items), minlength=len(data.items))
        assert found.counts(cell).tolist() == counts.tolist()


def test_no_cell_tells_of_a_few(found: Segments) -> None:
    assert found.customers.min() >= LEAST
    names = found.names.tolist()
    assert {"area=GB SW1A", "area=GB M11A"} <= set(names)
    # France has fewer than twenty customers: nothing is told of it.
    assert not [name for name in names if "FR" in name]


def test_areas_lie_in_each_other_and_what_is_smallest_is_declared(
    shop: tuple[DuckDBPyConnection, Interactions], found: Segments
) -> None:
    data, names = shop[1], found.names.tolist()
    inside = {name: names[parent] for name, parent in zip(names, found.parent, strict=True) if name}
    assert inside["area=GB SW1A"] == "area=GB SW"
    assert inside["area=GB SW"] == "area=GB"
    assert inside["area=GB"] == inside["location=s1"] == ""
    assert found.parent[0] == -1
    for customer in ("c001", "c230", "c000"):
        k = int(data.customers.index_of([customer])[0])
        area, language = (names[cell] for cell in found.declared[k])
        number = int(customer[1:])
        assert area == ("area=GB SW1A" if number < 120 else "")
        assert language == ("language=en" if number % 2 else "")


def test_what_comes_after_the_moment_changes_nothing(
    shop: tuple[DuckDBPyConnection, Interactions], found: Segments
) -> None:
    con, data = shop
    later = fit_segments(con, data, CUT + 30 * DAY, SegmentsConfig())
    assert later.customers[0] != found.customers[0]
    few = fit_segments(con, data, CUT, SegmentsConfig(least=10_000))
    assert few.names.tolist() == [""]
    assert not few.declared.any()
    assert few.counts(0).tolist() == found.counts(0).tolist()
