"""Labels against a plain reading of the rows."""

from collections.abc import Callable

import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from tests.integration.village import DAY, END, Village
from training.customer_models import fit_churn, fit_responses
from training.models.labels.contacts import response_rows
from training.models.labels.purchases import CHURN_DAYS, churn_rows

Open = Callable[..., DuckDBPyConnection]
REFUSERS = frozenset({"c001", "c005"})


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    return Village().frames()


@pytest.fixture(scope="module")
def con(plain: Open) -> DuckDBPyConnection:
    return plain(Village(), REFUSERS)


def test_churn_is_thirty_days_without_a_purchase(
    con: DuckDBPyConnection, frames: dict[str, pd.DataFrame]
) -> None:
    moments = [END - 90 * DAY, END - 45 * DAY]
    bought = frames["transactions"]
    expected = {}
    for moment in moments:
        past = bought[bought["purchased_at"] < moment]
        window = bought["purchased_at"].between(moment, moment + CHURN_DAYS * DAY - 1)
        stayed = set(bought[window]["customer_id"])
        for customer in set(past["customer_id"]) - REFUSERS:
            expected[customer, moment] = float(customer not in stayed)
    rows = churn_rows(con, moments, honour_consents=True).frame
    found = dict(
        zip(
            zip(rows["customer_id"], rows["as_of"].tolist(), strict=True),
            rows["label"].tolist(),
            strict=True,
        )
    )
    assert found == expected
    assert len(rows) == len(expected)


def test_a_response_is_an_acceptance_of_that_mailing(
    con: DuckDBPyConnection, frames: dict[str, pd.DataFrame]
) -> None:
    until = END - 60 * DAY
    shown, answers = frames["exposures"], frames["outcomes"]
    ended = shown[(shown["ends_at"] < until) & ~shown["customer_id"].isin(REFUSERS)]
    accepted = set(answers[answers["occurred_at"] < until]["decision_id"])
    rows = response_rows(con, until, honour_consents=True).frame
    # A mailing to somebody who had bought nothing yet has no customer view to learn from.
    assert set(rows["decision_id"]) <= set(ended["decision_id"])
    assert len(rows) == rows["decision_id"].nunique() > 0.9 * len(ended)
    for decision, label in zip(rows["decision_id"], rows["label"], strict=True):
        assert label == float(decision in accepted)
    at = ended.set_index("decision_id")["exposed_at"]
    assert (rows.set_index("decision_id")["as_of"] == at[rows["decision_id"]]).all()


def test_examples_are_the_rows_of_the_mask(con: DuckDBPyConnection) -> None:
    rows = churn_rows(con, [END - 45 * DAY], honour_consents=True)
    mask = (rows.frame["orders_90d"] > 3).to_numpy()
    part = rows.rows(["orders_90d"], mask)
    assert len(part) == mask.sum() == part.x.shape[0]
    assert part.x.min() > 3


def test_a_shop_without_campaigns_has_no_response_model(plain: Open) -> None:
    """Every optional table may be absent: it adds models and never breaks a run."""
    con = plain(Village())
    for table in ("exposures", "outcomes"):
        con.execute(f"create temp table {table} as select * from {table} limit 0")
    assert fit_responses(con, END, honour_consents=True, seed=1) == {}


def test_an_item_shown_is_no_campaign(plain: Open) -> None:
    shown = {"decision_id": "x", "customer_id": "c000", "item_id": "i000", "action_id": None}
    rows = pd.DataFrame([shown]).assign(
        channel="web", arm="policy", exposed_at=END - 50 * DAY, ends_at=END - 40 * DAY
    )
    con = plain(Village(extra={"exposures": rows}))
    assert set(fit_responses(con, END, honour_consents=True, seed=1)) == {"campaign_type_a"}


def test_nobody_consents_nothing_is_fitted(plain: Open) -> None:
    con = plain(Village(), consents=False)
    assert fit_churn(con, END, honour_consents=True, seed=1) is None
    assert fit_responses(con, END, honour_consents=True, seed=1) == {}


def test_a_short_history_gives_no_churn_model(plain: Open) -> None:
    assert fit_churn(plain(Village()), END - 250 * DAY, honour_consents=True, seed=1) is None
