"""Labels of purchase, contact and contract against a plain reading of the rows."""

from collections.abc import Callable

import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from tests.integration.village import DAY, END, START, Village
from training.models.labels.contacts import label_service
from training.models.labels.contracts import has_contracts, label_contract_churn
from training.models.labels.purchases import (
    Category,
    categories_worth_a_model,
    label_churn,
    label_purchase,
    slug,
)
from training.models.labels.rows import customer_view

Open = Callable[..., DuckDBPyConnection]
MOMENTS = (END - 120 * DAY, END - 50 * DAY)
CALLS = pd.DataFrame(
    {
        "contact_id": [f"k{n}" for n in range(6)],
        "customer_id": ["c000", "c001", "c002", "c003", "c003", "c004"],
        "opened_at": [MOMENTS[1] + d * DAY for d in (-1, 0, 5, 9, 10, 30)],
        "channel": "phone",
    }
)


@pytest.fixture(scope="module")
def con(plain: Open) -> DuckDBPyConnection:
    return plain(Village())


@pytest.fixture(scope="module")
def view(con: DuckDBPyConnection) -> pd.DataFrame:
    return customer_view(con, MOMENTS, honour_consents=True)


def told(frame: pd.DataFrame) -> dict[tuple[str, int], float]:
    keys = zip(frame["customer_id"], frame["as_of"].tolist(), strict=True)
    return dict(zip(keys, frame["label"].tolist(), strict=True))


@pytest.mark.parametrize("gap_days", [0, 7])
def test_churn_after_a_gap(con: DuckDBPyConnection, view: pd.DataFrame, gap_days: int) -> None:
    bought = Village().frames()["transactions"]
    found = told(label_churn(con, view, 20 * DAY, gap_days * DAY).frame)
    for moment in MOMENTS:
        start = moment + gap_days * DAY
        stayed = set(bought[bought["purchased_at"].between(start, start + 20 * DAY - 1)]
                     ["customer_id"])  # fmt: skip
        mine = {c: label for (c, at), label in found.items() if at == moment}
        assert mine
        assert all(label == float(c not in stayed) for c, label in mine.items())
    assert 0 < sum(found.values()) < len(found)


def test_purchase_in_a_category(con: DuckDBPyConnection, view: pd.DataFrame) -> None:
    frames = Village().frames()
    aisle = frames["products"].set_index("item_id")["category_path"].str.split(" > ").str[0]
    bought = frames["transactions"].assign(aisle=lambda t: t["item_id"].map(aisle))
    found = told(label_purchase(con, view, Category("aisle1", "aisle1"), 10 * DAY, 0).frame)
    for moment in MOMENTS:
        window = bought["purchased_at"].between(moment, moment + 10 * DAY - 1)
        buyers = set(bought[window & (bought["aisle"] == "aisle1")]["customer_id"])
        mine = {c: label for (c, at), label in found.items() if at == moment}
        assert mine.keys() & buyers
        assert all(label == float(c in buyers) for c, label in mine.items())


def test_categories_are_chosen_by_their_share_of_buyers(con: DuckDBPyConnection) -> None:
    every = categories_worth_a_model(con, END, most=9, share=(0.0, 1.0))
    assert {c.name for c in every} == {"aisle0", "aisle1", "aisle2"}
    assert categories_worth_a_model(con, END, most=1, share=(0.0, 1.0)) == every[:1]
    assert categories_worth_a_model(con, END, most=9, share=(0.0, 0.1)) == ()
    assert categories_worth_a_model(con, START, most=9, share=(0.0, 1.0)) == ()


def test_a_category_gives_its_model_a_plain_name() -> None:
    assert slug("Drug & GM (new)") == "drug_gm_new"


def test_contact_with_the_service(con: DuckDBPyConnection, view: pd.DataFrame) -> None:
    """The day before is too early, the moment itself counts, the end of the window does not."""
    con.register("calls", CALLS)
    con.execute("create temp table service_contacts as select * from calls")
    found = told(label_service(con, view, 10 * DAY).frame)
    callers = {c for (c, at), label in found.items() if label and at == MOMENTS[1]}
    assert callers == {"c001", "c002", "c003"}
    assert not any(label for (_, at), label in found.items() if at == MOMENTS[0])


def test_without_contracts_there_is_nothing_to_label(
    con: DuckDBPyConnection, view: pd.DataFrame
) -> None:
    assert not has_contracts(con)
    frame = label_contract_churn(con, view, 60 * DAY).frame
    assert frame.empty
    assert "label" in frame


def test_a_term_that_ends_is_renewed_or_not(plain: Open) -> None:
    con = plain(Village())
    view = customer_view(con, MOMENTS[1:], honour_consents=True)
    at = MOMENTS[1]
    terms = [
        # customer, starts, ends, recorded: days from the moment
        ("c000", -300, 20, -300), ("c000", 21, 380, 15),  # renewed after the moment
        ("c001", -300, 20, -300),  # not renewed
        ("c002", -300, 20, -300), ("c002", 20, 400, -10),  # renewed before: at no risk
        ("c003", -300, 90, -300),  # ends after the window
        ("c004", -300, 10, -300), ("c004", 60, 400, 55),  # came back too late
        ("c005", -300, -5, -300),  # had ended before
        ("c006", -10, 20, 5),  # told only later
    ]  # fmt: skip
    rows = pd.DataFrame(
        [(c, *(at + d * DAY for d in days)) for c, *days in terms],
        columns=["customer_id", "starts_at", "ends_at", "recorded_at"],
    )
    con.register("contracts", rows)
    found = {c: label for (c, _), label in told(label_contract_churn(con, view, 60 * DAY).frame)
             .items()}  # fmt: skip
    assert found == {"c000": 0.0, "c001": 1.0, "c004": 1.0}
