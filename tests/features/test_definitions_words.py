"""Columns of service, answers, comments and profiles, recomputed in plain Python."""

from collections.abc import Callable, Mapping

import pandas as pd
import pytest

from tests.features.recount import (
    DAY,
    MOMENTS,
    Row,
    Rows,
    before,
    compare,
    mean,
    orders_of,
    ratio,
    recent,
    rows_of,
)

Frames = Mapping[str, pd.DataFrame]
LOW = {"nps": 6, "ces": 3, "csat": 2, "stars": 2}
SCALE = {"nps": (0, 10), "csat": (1, 4), "ces": (1, 6), "stars": (1, 4)}


def level(answer: Row) -> float:
    low, width = SCALE[answer["metric"]]
    return (answer["score"] - low) / width


def service(shop: Rows, customer: str, as_of: int) -> Row:
    contacts = before(shop["service_contacts"], "opened_at", as_of, customer_id=customer)
    contacts.sort(key=lambda row: (row["opened_at"], row["contact_id"]))
    for contact, last in zip(contacts, [None, *contacts], strict=False):
        closed = contact["closed_at"] is not None and contact["closed_at"] < as_of
        contact["hours"] = (contact["closed_at"] - contact["opened_at"]) / 3600 if closed else None
        contact["settled"] = closed and contact["resolved"] is not False
        contact["again"] = bool(last) and contact["opened_at"] - last["opened_at"] <= 7 * DAY
    year = recent(contacts, "opened_at", as_of, 365)
    hours = [row["hours"] for row in year if row["hours"] is not None]
    unsettled = [row["opened_at"] for row in contacts if not row["settled"]]
    orders = recent(orders_of(shop, customer, as_of), "at", as_of, 365)
    last_at = max((row["opened_at"] for row in contacts), default=None)
    return {
        "contacts_30d": len(recent(contacts, "opened_at", as_of, 30)),
        "contacts_365d": len(year),
        "days_since_last_contact": (as_of - last_at) / DAY if last_at else None,
        "repeat_contacts_365d": sum(row["again"] for row in year),
        "resolution_hours_mean_365d": mean(hours),
        "resolution_hours_max_365d": max(hours, default=None),
        "unresolved_share_365d": mean([not row["settled"] for row in year]),
        "oldest_unresolved_days": (as_of - min(unsettled)) / DAY if unsettled else None,
        "contact_topics_365d": len({row["topic"] for row in year if row["topic"]}),
        "order_contacts_365d": sum(row["order_id"] is not None for row in year),
        "contacts_per_order_365d": ratio(len(year), len(orders)),
    }


def voice(shop: Rows, customer: str, as_of: int) -> Row:
    answers = before(shop["feedback"], "answered_at", as_of, customer_id=customer)
    answers.sort(key=lambda row: (row["answered_at"], row["feedback_id"]))
    year = recent(answers, "answered_at", as_of, 365)
    earlier = mean([level(row) for row in answers[:-1]])
    asked = before(shop["feedback_requests"], "asked_at", as_of, customer_id=customer)
    asked_year = recent(asked, "asked_at", as_of, 365)
    answered = {row["request_id"] for row in before(shop["feedback"], "answered_at", as_of)}
    return {
        "answers_365d": len(year),
        **{
            f"{metric}_mean_365d": mean([r["score"] for r in year if r["metric"] == metric])
            for metric in SCALE
        },
        "satisfaction_mean_365d": mean([level(row) for row in year]),
        "satisfaction_min_365d": min((level(row) for row in year), default=None),
        "satisfaction_change": None if earlier is None else level(answers[-1]) - earlier,
        "low_answers_share_365d": mean([row["score"] <= LOW[row["metric"]] for row in year]),
        "feedback_requests_30d": len(recent(asked, "asked_at", as_of, 30)),
        "feedback_requests_365d": len(asked_year),
        "answer_rate_365d": mean([row["request_id"] in answered for row in asked_year]),
        "days_since_last_request": (as_of - max(r["asked_at"] for r in asked)) / DAY
        if asked
        else None,
    }


def comments(shop: Rows, customer: str, as_of: int) -> Row:
    mine = {
        (table, row[key])
        for table, key in (("feedback", "feedback_id"), ("service_contacts", "contact_id"))
        for row in shop[table]
        if row["customer_id"] == customer
    }
    read = [
        row
        for row in before(shop["comment_scores"], "written_at", as_of)
        if (row["table_name"], row["row_id"]) in mine
    ]
    read.sort(key=lambda row: row["written_at"])
    year = [row["sentiment"] for row in recent(read, "written_at", as_of, 365)]
    return {
        "comments_365d": len(year),
        "last_sentiment": read[-1]["sentiment"] if read else None,
        "sentiment_mean_90d": mean(
            [row["sentiment"] for row in recent(read, "written_at", as_of, 90)]
        ),
        "sentiment_mean_365d": mean(year),
        "negative_comments_365d": sum(value < 0.4 for value in year),
    }


def mentions(shop: Rows, customer: str, as_of: int) -> Row:
    links = before(
        shop["identifiers"], "observed_at", as_of, identifier_type="social", customer_id=customer
    )
    accounts = {link["value"] for link in links}
    posted = [
        row
        for row in before(shop["social_mentions"], "posted_at", as_of)
        if row["identifier"] in accounts
    ]
    score = {
        row["row_id"]: row["sentiment"]
        for row in shop["comment_scores"]
        if row["table_name"] == "social_mentions"
    }
    year = recent(posted, "posted_at", as_of, 365)
    read = [score[row["mention_id"]] for row in year if row["mention_id"] in score]
    last = max((row["posted_at"] for row in posted), default=None)
    return {
        "social_mentions_90d": len(recent(posted, "posted_at", as_of, 90)),
        "social_mentions_365d": len(year),
        "days_since_last_mention": (as_of - last) / DAY if last else None,
        "social_sentiment_mean_365d": mean(read),
        "negative_mentions_365d": sum(value < 0.4 for value in read),
    }


def third_party(shop: Rows, customer: str, as_of: int) -> Row:
    held = [
        row
        for row in before(shop["third_party"], "obtained_at", as_of, customer_id=customer)
        if row["expires_at"] is None or row["expires_at"] >= as_of
    ]
    newest = max((row["obtained_at"] for row in held), default=None)
    return {
        "third_party_providers": len({row["provider"] for row in held}),
        "days_since_third_party": (as_of - newest) / DAY if newest else None,
    }


@pytest.mark.parametrize("expected", [service, voice, comments, mentions, third_party])
def test_against_plain_python(
    expected: Callable[[Rows, str, int], Row],
    shop: Frames,
    scores: pd.DataFrame,
    whole_snapshot: pd.DataFrame,
):
    rows = rows_of({**shop, "comment_scores": scores})
    alive = compare(whole_snapshot, expected, rows)
    assert alive == set(expected(rows, "c00", MOMENTS[-1])), "a column is never anything but 0"


def test_profiles(whole_snapshot: pd.DataFrame):
    late = whole_snapshot[whole_snapshot["as_of"] == MOMENTS[-1]].set_index("customer_id")
    assert late.loc["c00", ["income_low_thousands", "kids_count"]].tolist() == [0, 0]
    assert late.loc["c01", ["income_low_thousands", "kids_count"]].tolist() == [35, 3]
    assert late.loc["c02", "income_low_thousands"] == 250
    assert pd.isna(late.loc["c03", "income_low_thousands"])
    assert pd.isna(late.loc["c03", "kids_count"]), "a text that is no number"
    assert late.loc[["c00", "c01", "c03"], "home_owner"].tolist() == [1, 0, 1]
    assert late.loc[["c00", "c02"], "married"].tolist() == [1, 0]
    assert late.loc["newcomer", "tenure_days"] == 301
    assert pd.isna(late.loc["c00", "tenure_days"])
    # c08 was born in 1950, c09 in 1953; day 401 is in October 2021.
    assert late.loc[["c08", "c09"], "age_years"].round(1).tolist() == [71.3, 68.3]
    assert late.loc["c00", "declared_fields"] == 7
    assert late.loc[["c00", "c04", "c09"], "linked_visitors"].tolist() == [2, 2, 1]
