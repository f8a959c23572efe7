"""Rates of items by location and of newcomers, by hand."""

import numpy as np

from training.recommender.fit import history_of
from training.recommender.item_statistics import (
    LOCATION_SMOOTHING,
    at_locations,
    newcomers,
)
from training.recommender.purchases import Purchases


def village() -> Purchases:
    """Twelve customers of shop 1, three of shop 2; item 0 is old, item 1 new, item 2 long gone."""
    lines = [(c, 0, age) for c in range(15) for age in (100.0, 5.0)]
    lines += [(c, 1, 20.0) for c in range(6)] + [(12, 1, 10.0)] + [(c, 2, 200.0) for c in range(15)]
    customer, item, age = (np.array(column) for column in zip(*lines, strict=True))
    where = np.where(customer < 12, 1, 2)
    return Purchases(customer, item, np.arange(customer.size), where, age, 15, 3)


def test_newcomers_by_hand() -> None:
    p = village()
    found = newcomers(history_of(p, np.zeros(3)), 3)
    expected = [[0, 0, 15 / 15], [1 / 15, 7 / 15, 7 / 15], [0, 0, 0]]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_rates_at_locations_by_hand() -> None:
    p = village()
    home = np.where(np.arange(15) < 12, 1, 2)
    found = at_locations(p, history_of(p, np.zeros(3)), home)
    assert found.places.tolist() == [0, 1]  # shop 2 has too few customers for a row of its own
    for rates, everywhere, here in (
        (found.popularity, [15, 7, 0], [12, 6, 0]),
        (found.recent, [15, 7, 0], [12, 6, 0]),
        (found.newcomers, [0, 7, 0], [0, 6, 0]),
    ):
        overall = np.array(everywhere) / 15
        np.testing.assert_allclose(rates[0], overall, rtol=1e-6)
        smoothed = (np.array(here) + LOCATION_SMOOTHING * overall) / (12 + LOCATION_SMOOTHING)
        np.testing.assert_allclose(rates[1], smoothed, rtol=1e-6)
