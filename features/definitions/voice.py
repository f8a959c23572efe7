"""Answers by scale, how they change, and how willingly they are given."""

from features.definitions.sql import of_latest, share, times
from features.registry import Family, Feature, Relation, declare

_NO_ANSWER = "no answer in 365 days"

_REQUESTED = Relation(
    "requested",
    """select
    r.customer_id,
    c.as_of,
    c.as_of - r.asked_at as age,
    max(case when f.feedback_id is null then 0 else 1 end) as answered
from feedback_requests r
join cutoffs c on r.asked_at < c.as_of
left join feedback f on r.request_id = f.request_id and f.answered_at < c.as_of
group by r.customer_id, c.as_of, r.asked_at, r.request_id""",
)

_answer = declare("answers", "feedback")
_request = declare("requested", "feedback_requests")


def _mean(metric: str, unit: str, scale: str) -> Feature:
    of_metric = f"metric = '{metric}' and age <= 31536000"
    return _answer(
        f"{metric}_mean_365d",
        share(f"sum(score) filter (where {of_metric})", f"count(*) filter (where {of_metric})"),
        unit, f"Mean {scale} answer of the last 365 days.", null=f"no {scale} answer in 365 days",
    )  # fmt: skip


_EARLIER = share("sum(points) filter (where latest > 1)", "count(*) filter (where latest > 1)")

VOICE = Family(
    "voice",
    (_REQUESTED,),
    (
        _answer("answers_{d}d", "count(*) filter (where age <= {w})", "count",
                "Answers to questionnaires in the last {d} days.", 365),
        _mean("nps", "0..10", "NPS"),
        _mean("csat", "1..5", "CSAT"),
        _mean("ces", "1..7", "CES"),
        _mean("stars", "1..5", "star"),
        _answer("satisfaction_mean_365d",
                f"({share('sum(points) filter (where age <= 31536000)', times(365))}) / 120e0",
                "0..1", "Mean answer of any scale, brought to 0 .. 1, last 365 days.",
                null=_NO_ANSWER),
        _answer("satisfaction_min_365d", "min(level) filter (where age <= 31536000)", "0..1",
                "Worst answer of any scale, brought to 0 .. 1, last 365 days.", null=_NO_ANSWER),
        _answer("satisfaction_change", f"({of_latest('points')} - {_EARLIER}) / 120e0", "-1..1",
                "Latest answer against the mean of the earlier ones, both brought to 0 .. 1.",
                null="fewer than two answers before as_of"),
        _answer("low_answers_share_365d", share(times(365, "low = 1"), times(365)), "share",
                "Answers of a detractor (NPS 0-6, CES 1-3, CSAT or stars 1-2), last 365 days.",
                null=_NO_ANSWER),
        _request("feedback_requests_{d}d", "count(*) filter (where age <= {w})", "count",
                 "Requests for feedback received in the last {d} days.", 30, 365),
        _request("answer_rate_365d", share(times(365, "answered = 1"), times(365)), "share",
                 "Requests of the last 365 days that were answered before as_of.",
                 null="not asked in 365 days"),
        _request("days_since_last_request", "min(age) / 86400e0", "days",
                 "Days from the last request for feedback to as_of.", null="never asked"),
    ),
)  # fmt: skip
