"""The tables of a bundle."""

import duckdb
import pyarrow as pa

from features.snapshot import feature_names
from tests.integration.support import SMALL
from tests.training.test_recommender import DAY, NOON, toy
from training.parts import customer_table
from training.recommender.fit import fit_state


def test_who_bought_nothing_has_the_shop_they_declared() -> None:
    data = toy([(0, 0, day) for day in range(6)], n_customers=4, n_items=1)
    state = fit_state(data, NOON + 10 * DAY, SMALL.family)
    con = duckdb.connect()
    con.execute(
        """
        create table customers as select * from (values
          ('c0', 'GB', 'elsewhere'), ('c1', 'FR', 'near'), ('c2', null, null)
        ) as t (customer_id, country, home_location_id)
        """
    )
    names = ["customer_id", *feature_names()]
    snapshot = pa.table({name: pa.array([], pa.string()) for name in names})
    found = customer_table(con, snapshot, data, state)
    assert found.home_locations.tolist() == ["s", "near", "", ""]
    assert found.countries.tolist() == ["GB", "FR", "", ""]
