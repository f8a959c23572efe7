"""Where an order is served from, and which place's trade tells what sells."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bundle.contents import Bundle
from bundle.files import read_bundle
from serving.item_gates import location_of, trade_row
from tests.bundle.support import make_parts, write


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    parts = make_parts()
    homes = np.array(["s2", "s1", "", "s9", "s1", "s1"])
    directory = tmp_path_factory.mktemp("gates") / "bundle"
    write(directory, replace(parts, customers=replace(parts.customers, home_locations=homes)))
    return read_bundle(Path(directory))


@pytest.mark.parametrize(
    ("asked", "customer", "place", "row"),
    [
        (None, 0, "online", 2),  # the warehouse sells nothing of its own: the customer's shop
        (None, -1, "online", 0),  # nothing may be used of them
        (None, 2, "online", 0),  # no shop known
        (None, 3, "online", 0),  # a shop too small for figures of its own
        ("s1", 0, "s1", 1),
        ("online", 0, "online", 0),  # asked for by name
    ],
)
def test_what_sells_is_told_by_the_place_or_else_by_the_customer_s_shop(
    bundle: Bundle, asked: str | None, customer: int, place: str, row: int
) -> None:
    found = location_of(bundle, "web", asked, customer)
    assert found == place
    assert trade_row(bundle, found, asked, customer) == row
