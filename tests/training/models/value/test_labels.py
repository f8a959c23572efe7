"""What customers spend in a window, against a plain reading of the rows."""

from collections.abc import Callable

import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from tests.integration.village import DAY, END, Village
from training.models.labels.rows import customer_view
from training.models.value.choice import fit_value
from training.models.value.labels import label_spend

Open = Callable[..., DuckDBPyConnection]
AT = END - 60 * DAY
LINE = {"quantity": 1, "discount": 0, "channel": "shop", "location_id": "s0", "line_no": 1}


def line(customer: str, order: str, item: str, day: float, amount: int, **more: object) -> dict:
    at = AT + int(day * DAY)
    return LINE | dict(
        order_id=order, customer_id=customer, item_id=item, purchased_at=at, amount=amount, **more
    )


GOODS = pd.DataFrame([
    # Sold before the window and given back in it: told twice, by both lines, at one second.
    line("c000", "x1", "i001", -5, 70_000, returned_at=AT + 3 * DAY),
    line("c000", "x2", "i001", 3, -70_000, quantity=-1, line_type="return"),
    line("c000", "x0", "i005", 1, 100_000),
    # More given back than bought.
    line("c003", "x6", "i006", -9, 900_000, returned_at=AT + 1 * DAY),
    # Bought and kept; bought and given back after the window.
    line("c001", "x3", "i002", 2, 40_000),
    line("c001", "x4", "i003", 4, 50_000, returned_at=AT + 40 * DAY),
    # Bought and given back within the window, told by the sold line alone.
    line("c002", "x5", "i004", 5, 60_000, returned_at=AT + 9 * DAY),
]).astype({"returned_at": "Int64"})  # fmt: skip


@pytest.fixture(scope="module")
def con(plain: Open) -> DuckDBPyConnection:
    return plain(Village(seed=29, extra={"transactions": GOODS}))


@pytest.fixture(scope="module")
def view(con: DuckDBPyConnection) -> pd.DataFrame:
    return customer_view(con, (AT,), honour_consents=True)


def drawn(gap_days: int) -> pd.Series:
    """Spend of the village's own rows within the window, by customer."""
    bought = Village(seed=29).frames()["transactions"]
    start = AT + gap_days * DAY
    inside = bought[bought["purchased_at"].between(start, start + 20 * DAY - 1)]
    return inside.groupby("customer_id")["amount"].sum()


@pytest.mark.parametrize("gap_days", [0, 6])
def test_spend_of_a_window(con: DuckDBPyConnection, view: pd.DataFrame, gap_days: int) -> None:
    frame = label_spend(con, view, 20 * DAY, gap_days * DAY).frame
    found = dict(zip(frame["customer_id"], frame["label"].tolist(), strict=True))
    spent = drawn(gap_days)
    others = {c: amount for c, amount in found.items() if c not in set(GOODS["customer_id"])}
    assert others == {customer: float(spent.get(customer, 0)) for customer in others}
    assert 0 < sum(amount > 0 for amount in others.values()) < len(others)


def test_what_is_given_back_in_the_window_counts_against_it_once(
    con: DuckDBPyConnection, view: pd.DataFrame
) -> None:
    frame = label_spend(con, view, 20 * DAY).frame.set_index("customer_id")["label"]
    spent = drawn(0).reindex(["c000", "c001", "c002"]).fillna(0)
    assert frame["c000"] == spent["c000"] + 30_000
    assert frame["c003"] == 0.0
    assert frame["c001"] == spent["c001"] + 90_000
    assert frame["c002"] == spent["c002"]


def test_value_is_fitted_from_the_tables_and_reads_the_profile(
    con: DuckDBPyConnection, view: pd.DataFrame
) -> None:
    fitted = fit_value(con, END, honour_consents=True, seed=7, horizon_days=45)
    assert set(fitted.metrics) >= {"spend over time", "last 90 days", fitted.name}
    said = fitted.model.predict(view[list(fitted.model.columns)].to_numpy(float))
    assert (said.low <= said.mean).all()
    # A customer who left long ago is worth less than one who came this week.
    silent = view["days_since_last_purchase"].to_numpy()
    assert said.mean[silent > 100].mean() < 0.3 * said.mean[silent < 7].mean()
