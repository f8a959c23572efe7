"""What simulated customers say and do not say, and what others say of them."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from features.door import prepare
from features.sources.simulated.tables import SURVEYS, draw_tables
from tests.features.test_simulated import DAY, add_purchases


@pytest.fixture(scope="module")
def drawn() -> dict[str, pd.DataFrame]:
    return draw_tables(_shop(), 2017)


def _shop() -> DuckDBPyConnection:
    con = duckdb.connect()
    prepare(con)
    add_purchases(con)
    return con


def nps(scores: pd.Series) -> float:
    return 100 * float((scores >= 9).mean() - (scores <= 6).mean())


def test_every_answer_was_asked_for_and_comes_after(drawn: dict[str, pd.DataFrame]):
    asked = drawn["feedback_requests"].set_index("request_id")
    answers = drawn["feedback"]
    request = asked.loc[answers["request_id"]]
    assert (request["asked_at"].to_numpy() < answers["answered_at"].to_numpy()).all()
    for column in ("customer_id", "metric", "touchpoint"):
        assert (request[column].to_numpy() == answers[column].to_numpy()).all()
    assert 0.2 < len(answers) / len(asked) < 0.5
    assert answers["channel"].notna().all()


def test_those_who_answer_are_less_happy_than_those_asked(drawn: dict[str, pd.DataFrame]):
    """The bias that a report has to correct exists, and its truth is known."""
    truth = drawn[SURVEYS]
    truth = truth[truth["metric"] == "nps"]
    assert nps(truth[truth["answered"]]["score"]) < nps(truth["score"]) - 5


def test_the_truth_of_the_silent_enters_no_table(drawn: dict[str, pd.DataFrame]):
    silent = drawn[SURVEYS].loc[~drawn[SURVEYS]["answered"], "feedback_id"]
    assert len(silent)
    assert not set(silent) & set(drawn["feedback"]["feedback_id"])


def test_an_unsettled_contact_cost_more_effort(drawn: dict[str, pd.DataFrame]):
    effort = drawn["feedback"][drawn["feedback"]["metric"] == "ces"]
    contacts = drawn["service_contacts"]
    unsettled = contacts.loc[~contacts["resolved"], "customer"]
    hard = effort["customer"].isin(unsettled)
    assert effort["score"].between(1, 7).all()
    assert effort.loc[hard, "score"].mean() < effort.loc[~hard, "score"].mean() - 0.5


def test_some_contacts_are_repeated_within_a_week(drawn: dict[str, pd.DataFrame]):
    rows = drawn["service_contacts"].sort_values(["customer_id", "topic", "opened_at"])
    gap = rows.groupby(["customer_id", "topic"])["opened_at"].diff()
    again = rows["again"].to_numpy()
    assert again.sum() > 10
    assert (gap[again] <= 7 * DAY).all()


def test_a_contact_names_an_order_of_its_customer(drawn: dict[str, pd.DataFrame]):
    named = drawn["service_contacts"].dropna(subset=["order_id"])
    order_of = dict(
        _shop().sql("select distinct order_id, customer_id from transactions").fetchall()
    )
    assert len(named) > 20
    assert [order_of[order] for order in named["order_id"]] == named["customer_id"].tolist()
    about_stock = drawn["service_contacts"]["topic"] == "stock"
    assert drawn["service_contacts"].loc[about_stock, "order_id"].isna().all()


def test_comments_vary_and_speak_two_languages(drawn: dict[str, pd.DataFrame]):
    words = drawn["feedback"]["comment"].dropna()
    assert words.nunique() > 0.6 * len(words) > 100
    french = words.str.contains(r"\b(?:le|la|les|pas|est|et)\b", case=False)
    assert 0.1 < french.mean() < 0.5
    assert words.str.contains("[\U0001f300-\U0001faff]").any()


def test_words_follow_the_score(drawn: dict[str, pd.DataFrame]):
    said = drawn["feedback"].dropna(subset=["comment"])
    unhappy = said["comment"].str.contains("never again|plus jamais|elsewhere|ailleurs", case=False)
    assert said.loc[unhappy, "level"].mean() < 0.5 < said.loc[~unhappy, "level"].mean()


def test_someone_who_missed_an_article_speaks_of_it(drawn: dict[str, pd.DataFrame]):
    surveys = drawn[SURVEYS]
    about = surveys.groupby("topic")["level"].mean()
    assert about["stock"] < about["prices"]


def test_mentions_come_from_accounts_known_and_unknown(drawn: dict[str, pd.DataFrame]):
    links = drawn["identifiers"]
    known = links.loc[links["identifier_type"] == "social", "value"]
    from_known = drawn["social_mentions"]["identifier"].isin(known)
    assert 0.1 < from_known.mean() < 0.9
    assert drawn["social_mentions"]["text"].str.len().gt(0).all()


def test_bought_data_follow_a_grant_and_some_do_not(drawn: dict[str, pd.DataFrame]):
    ledger = drawn["consents"]
    grants = ledger[(ledger["purpose"] == "third_party_data") & (ledger["status"] == "granted")]
    since = grants.groupby("customer_id")["recorded_at"].min()
    rows = drawn["third_party"]
    granted_at = rows["customer_id"].map(since)
    covered = granted_at.notna()
    assert 0 < (~covered).sum() < 0.5 * len(rows)
    assert (rows.loc[covered, "obtained_at"] > granted_at[covered]).all()
    assert (rows["expires_at"] > rows["obtained_at"]).all()


def test_a_kiosk_is_of_many_customers(drawn: dict[str, pd.DataFrame]):
    links = drawn["identifiers"]
    owners = links.groupby(["identifier_type", "value"])["customer_id"].nunique()
    assert (owners.loc["cookie"].filter(like="kiosk") > 10).all()
    assert (owners.loc["device"] == 2).all()
    used = drawn["events"]["visitor_id"].str.contains("kiosk")
    assert used.sum() > 20


def test_searches_say_how_much_they_found(drawn: dict[str, pd.DataFrame]):
    events = drawn["events"]
    searches = events["event_type"] == "search"
    assert events.loc[searches, "results"].notna().all()
    assert events.loc[~searches, "results"].isna().all()
    vain = events.loc[searches & (events["results"] == 0), "query"]
    catalogue = {name for (name,) in _shop().sql("select lower(name) from products").fetchall()}
    assert len(vain) > 20
    assert not set(vain) & catalogue
    assert np.isin(["wishlist", "page_view"], events["event_type"].unique()).all()
