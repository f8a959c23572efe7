"""What the customer said of us, and asked of our service."""

from features.columns import PERSONALISATION
from features.registry import Family, Feature, Relation

# Every scale goes to 0..1, so that a shop may change its questions without a new feature;
# `points` is the same in whole 120ths, which sum without rounding.
_ANSWERS = Relation(
    "answers",
    """select
    f.customer_id,
    c.as_of,
    c.as_of - f.answered_at as age,
    f.metric,
    f.score,
    case f.metric
        when 'nps' then f.score / 10e0
        when 'ces' then (f.score - 1) / 6e0
        else (f.score - 1) / 4e0
    end as level,
    case f.metric
        when 'nps' then f.score * 12
        when 'ces' then (f.score - 1) * 20
        else (f.score - 1) * 30
    end as points,
    case
        when f.metric = 'nps' and f.score <= 6 then 1
        when f.metric = 'ces' and f.score <= 3 then 1
        when f.metric in ('csat', 'stars') and f.score <= 2 then 1
        else 0
    end as low,
    row_number() over (
        partition by f.customer_id, c.as_of order by f.answered_at desc, f.feedback_id desc
    ) as latest
from feedback f
join cutoffs c on f.answered_at < c.as_of""",
)

# A contact that is closed after as_of was still open at as_of, whatever the row says today.
_CONTACTS = Relation(
    "contacts",
    """select
    s.customer_id,
    c.as_of,
    c.as_of - s.opened_at as age,
    s.opened_at - lag(s.opened_at) over (
        partition by s.customer_id, c.as_of order by s.opened_at, s.contact_id
    ) as gap,
    s.topic,
    s.order_id,
    case when s.closed_at < c.as_of then s.closed_at - s.opened_at end as duration,
    case when s.closed_at < c.as_of and coalesce(s.resolved, true) then 1 else 0 end as settled
from service_contacts s
join cutoffs c on s.opened_at < c.as_of""",
)


def _answers(name: str, expression: str, unit: str, doc: str) -> Feature:
    return Feature(
        name, "answers", "feedback", expression, unit, PERSONALISATION,
        "never answered before as_of", doc,
    )  # fmt: skip


SATISFACTION = Family(
    "satisfaction",
    (_ANSWERS, _CONTACTS),
    (
        _answers("last_satisfaction", "max(case when latest = 1 then level end)", "0..1",
                 "Latest NPS, CSAT, CES or star answer, brought to 0 (worst) .. 1 (best)."),
        _answers("days_since_last_feedback", "min(age) / 86400e0", "days",
                 "Days from the latest answer to as_of."),
        Feature(
            "contacts_{d}d", "contacts", "service_contacts", "count(*) filter (where age <= {w})",
            "count", PERSONALISATION, "", "Service contacts opened in the last {d} days.", (90,), 0,
        ),
        Feature(
            "unresolved_contacts", "contacts", "service_contacts",
            "count(*) filter (where settled = 0)", "count", PERSONALISATION, "",
            "Service contacts not settled at as_of.", empty=0,
        ),
    ),
)  # fmt: skip
