"""RFM classes: complete, disjoint, and as the rule says."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from training.segments.classes import CLASSES, GRID, MIN_CUSTOMERS, NAMES, NEW_DAYS, classify


def shop(n: int = 500, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "days_since_last_purchase": rng.exponential(40, n),
            "customer_age_days": rng.uniform(61, 700, n),
            "orders_365d": rng.poisson(12, n).astype(float),
            "spend_365d": rng.lognormal(10, 1, n).round(),
        }
    )


def test_every_name_can_occur_and_every_cell_has_one():
    cells = {name for row in GRID for name in row}
    assert cells | {"new"} == set(NAMES)
    assert [len(row) for row in GRID] == [5] * 5
    assert len({each.label_fr for each in CLASSES}) == len(CLASSES)


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(2 * MIN_CUSTOMERS, 400),
    st.integers(1, 1_000),
    st.floats(0, 0.4),
)
def test_each_customer_with_a_purchase_has_exactly_one_class(
    seed: int, n: int, values: int, unknown: float
):
    """Few distinct values give many ties, and fifths of very different sizes."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers(-1, values, (n, 4)) * rng.integers(1, 50, 4)
    frame = pd.DataFrame(drawn, columns=list(shop().columns)).astype(float)
    frame.loc[rng.random(n) < unknown, "days_since_last_purchase"] = np.nan
    assume(frame["days_since_last_purchase"].notna().sum() >= MIN_CUSTOMERS)
    found = classify(frame)
    bought = frame["days_since_last_purchase"].notna()
    assert set(found.loc[bought, "segment"]) <= set(NAMES)
    assert found.loc[~bought, "segment"].isna().all()
    assert found.loc[bought, ["r", "f", "m"]].isin(range(1, 6)).all(axis=None)


def test_the_best_and_the_worst():
    frame = shop()
    frame.loc[0] = [0, 400, 300, 10**9]
    frame.loc[1] = [360, 400, 300, 10**9]
    frame.loc[2] = [360, 400, 0, 0]
    frame.loc[3] = [366, 800, 0, 0]
    frame.loc[4] = [0, NEW_DAYS, 300, 10**9]
    assert classify(frame)["segment"][:5].tolist() == [
        "champions", "cannot_lose", "lost", "lost", "new",
    ]  # fmt: skip


def test_equal_customers_have_equal_scores():
    frame = pd.concat([shop(), shop()], ignore_index=True)
    found = classify(frame)
    assert found[:500].reset_index(drop=True).equals(found[500:].reset_index(drop=True))


def test_the_order_of_rows_does_not_matter():
    frame = shop()
    shuffled = frame.sample(frac=1, random_state=3)
    assert classify(shuffled).sort_index().equals(classify(frame))


def test_fifths_are_fifths():
    found = classify(shop(1_000))
    for score in ("r", "f", "m"):
        assert found[score].value_counts(normalize=True).between(0.1, 0.3).all()


def test_a_handful_of_customers_is_refused_with_its_number():
    with pytest.raises(ValueError, match=f"7 customers.*{MIN_CUSTOMERS}"):
        classify(shop(7))
