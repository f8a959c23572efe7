"""Figures and their rows: what counts, for whom, and how it adds up."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.experience.support import AS_OF, DAY, START, granted, opened, shop, table
from training.experience.bias import no_weights, non_response
from training.experience.breakdown import Row, break_down
from training.experience.measures import MEASURES, easy, nps_contribution, top_two_box
from training.experience.periods import labels, month_labels, month_starts, window_labels
from training.experience.profiles import lay_profiles
from training.experience.survey import Survey, read_survey, with_segments

NONE = no_weights("").weights


def rows_of(survey: Survey) -> list[Row]:
    return list(break_down(survey, NONE, seed=1))


def test_nps_is_promoters_less_detractors() -> None:
    scores = np.array([0, 6, 7, 8, 9, 10], dtype=float)
    np.testing.assert_array_equal(nps_contribution(scores), [-100, -100, 0, 0, 100, 100])


def test_shares_count_the_top() -> None:
    np.testing.assert_array_equal(top_two_box(np.array([1.0, 3, 4, 5])), [0, 0, 1, 1])
    np.testing.assert_array_equal(easy(np.array([1.0, 4, 5, 7])), [0, 0, 1, 1])


@given(st.lists(st.integers(0, 10), min_size=1))
def test_nps_equals_the_two_shares(scores: list[int]) -> None:
    promoters = sum(s >= 9 for s in scores) / len(scores)
    detractors = sum(s <= 6 for s in scores) / len(scores)
    mean = float(nps_contribution(np.array(scores, dtype=float)).mean())
    assert mean == pytest.approx(100 * promoters - 100 * detractors)
    assert -100 <= mean <= 100


def test_rows_add_up_and_agree_with_a_count_by_hand() -> None:
    survey = read_survey(opened(shop()), AS_OF)
    rows = rows_of(survey)
    nps = survey.answers[survey.answers["metric"] == "nps"]
    whole = next(r for r in rows if (r.metric, r.by, r.period) == ("nps", "overall", "all"))
    by_hand = 100 * (nps["score"] >= 9).mean() - 100 * (nps["score"] <= 6).mean()
    assert whole.estimate == pytest.approx(by_hand)
    assert whole.low < whole.estimate < whole.high
    assert (whole.n, whole.customers) == (len(nps), nps["customer_id"].nunique())
    asked = survey.asked[survey.asked["metric"] == "nps"]
    assert whole.response_rate == pytest.approx(asked["answered"].mean())
    for by, period in (("touchpoint", "all"), ("overall", "20"), ("channel", "all")):
        parts = [r for r in rows if (r.metric, r.by) == ("nps", by) and r.period.startswith(period)]
        halves = {len(r.period) for r in parts}
        for length in halves:  # months, and windows of 90 days, each add up on their own
            assert sum(r.n for r in parts if len(r.period) == length) == whole.n
    assert {r.metric for r in rows} == {m.name for m in MEASURES} - {"stars"}


def test_a_row_does_not_depend_on_the_others() -> None:
    survey = read_survey(opened(shop()), AS_OF)
    only = survey.answers[survey.answers["touchpoint"] == "shop"].reset_index(drop=True)
    alone = rows_of(Survey(AS_OF, only, survey.asked, 0, 0))
    key = ("nps", "touchpoint", "shop", "all")
    picked = [
        next(r for r in rows if (r.metric, r.by, r.value, r.period) == key)
        for rows in (rows_of(survey), alone)
    ]
    assert str(picked[0]) == str(picked[1])  # as text, in which NaN equals NaN


def test_few_customers_give_a_count_and_no_figure() -> None:
    answers = table(
        "feedback_id customer_id metric score answered_at",
        [(f"f{k}", f"c{k}", "nps", 10, START) for k in range(29)],
    )
    con = opened({"feedback": answers, "consents": granted({f"c{k}" for k in range(29)})})
    row = rows_of(read_survey(con, AS_OF))[0]
    assert (row.n, row.customers, row.interval, row.asked) == (29, 29, "none", None)
    assert np.isnan([row.estimate, row.low, row.high, row.response_rate]).all()


def test_who_does_not_allow_analytics_is_left_out_and_counted() -> None:
    refusing = {"c000": "analytics", "c001": "personalisation"}
    survey = read_survey(opened(shop(refusing=refusing)), AS_OF)
    assert "c000" not in set(survey.answers["customer_id"]) | set(survey.asked["customer_id"])
    assert "c001" in set(survey.asked["customer_id"])
    assert survey.left_out_customers == 1
    assert survey.left_out_answers > 0


@pytest.mark.parametrize(
    ("status", "recorded_at", "expires_at", "counted"),
    [
        ("granted", START, None, True),
        ("granted", START, AS_OF, False),
        ("granted", START, AS_OF + 1, True),
        ("withdrawn", AS_OF - 1, None, False),
        ("granted", AS_OF, None, False),
        (None, None, None, False),
    ],
)
def test_consent_is_what_was_known_then(
    status: str | None, recorded_at: int | None, expires_at: int | None, counted: bool
) -> None:
    consents = granted([]).assign(expires_at=pd.array([], dtype="Int64"))
    if status:
        rows = [("c", "analytics", "any", status, recorded_at, expires_at)]
        consents = table("customer_id purpose channel status recorded_at expires_at", rows)
        consents = consents.astype({"expires_at": "Int64"})
    names = "feedback_id customer_id metric score answered_at"
    answers = table(names, [("f", "c", "nps", 9, START + DAY)])
    survey = read_survey(opened({"feedback": answers, "consents": consents}), AS_OF)
    assert len(survey.answers) == int(counted)
    assert survey.left_out_answers == int(not counted)


def test_a_young_request_does_not_count_yet() -> None:
    names = "request_id customer_id metric asked_at"
    asked = table(names, [("r1", "c", "nps", AS_OF - 8 * DAY), ("r2", "c", "nps", AS_OF - DAY)])
    survey = read_survey(opened({"feedback_requests": asked, "consents": granted(["c"])}), AS_OF)
    assert survey.asked["request_id"].tolist() == ["r1"]


def test_segments_are_a_dimension_and_who_has_none_is_in_no_row() -> None:
    survey = read_survey(opened(shop()), AS_OF)
    segments = pd.Series({f"c{k:03d}": "gold" for k in range(200)})
    rows = [r for r in rows_of(with_segments(survey, segments)) if r.by == "segment"]
    assert {r.value for r in rows} == {"gold"}
    inside = survey.answers["customer_id"].isin(segments.index)
    whole = next(r for r in rows if (r.metric, r.period) == ("nps", "all"))
    assert whole.n == int((inside & (survey.answers["metric"] == "nps")).sum())


def test_months_and_windows() -> None:
    at = np.array([START, START + 31 * DAY - 1, START + 31 * DAY])
    assert month_labels(at).tolist() == ["2024-01", "2024-01", "2024-02"]
    assert month_starts(at).tolist() == [START, START, START + 31 * DAY]
    windows = window_labels(np.array([AS_OF - 1, AS_OF - 90 * DAY, AS_OF - 90 * DAY - 1]), AS_OF)
    assert windows[0] == windows[1] != windows[2]
    assert windows[0] == "2024-08-28..2024-11-25"
    assert set(labels("all", at, AS_OF)) == {"all"}


def test_weights_undo_a_bias_that_the_snapshot_shows() -> None:
    frames = shop(customers=600)
    con = opened(frames)
    survey = read_survey(con, AS_OF)
    needed = pd.concat([survey.answers, survey.asked])[["customer_id", "at"]]
    found = non_response(survey, lay_profiles(con, needed, AS_OF))
    assert found.reason == ""
    assert found.auc > 0.55
    assert set(found.weights.index) <= set(survey.answers["request_id"].dropna())
    assert found.effective < found.answered
    by_column = {one.column: one for one in found.balance}
    contacts = by_column["contacts_90d"]
    assert contacts.difference > 0.1  # the unhappy contact us more, and answer more
    assert abs(contacts.corrected) < abs(contacts.difference) / 3
    row = next(
        r for r in break_down(survey, found.weights, 1) if (r.metric, r.period) == ("nps", "all")
    )
    assert row.weighted > row.estimate + 1  # silent customers are happier
    assert row.weighted_low < row.weighted < row.weighted_high


def test_without_requests_there_are_no_weights_and_it_says_so() -> None:
    frames = {name: rows for name, rows in shop().items() if name != "feedback_requests"}
    con = opened(frames)
    survey = read_survey(con, AS_OF)
    found = non_response(survey, lay_profiles(con, survey.answers, AS_OF))
    assert "no request" in found.reason
    assert not len(found.weights)
    assert all(np.isnan(row.weighted) and row.asked is None for row in rows_of(survey))


def test_too_few_silent_customers_give_no_weights() -> None:
    con = opened(shop(customers=12))
    survey = read_survey(con, AS_OF)
    found = non_response(survey, lay_profiles(con, survey.asked, AS_OF))
    assert "100 of each are needed" in found.reason
