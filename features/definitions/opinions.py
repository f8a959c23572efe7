"""What was read in the customer's words: comments to us, and mentions on social networks."""

from features.definitions.sql import of_latest, share, times, total
from features.registry import Family, Relation, declare

_UNREAD = "no comment read before as_of"

# The owner of a comment, by the table it was written in.
_WRITERS = Relation(
    "writers",
    """select 'feedback' as table_name, feedback_id as row_id, customer_id, answered_at as known_at
from feedback
union all
select 'service_contacts' as table_name, contact_id as row_id, customer_id, opened_at as known_at
from service_contacts""",
)

# Sentiment in whole millionths, which sum without rounding.
_COMMENTS = Relation(
    "comments",
    """select
    w.customer_id,
    c.as_of,
    c.as_of - s.written_at as age,
    cast(floor(s.sentiment * 1e6 + 5e-1) as bigint) as sentiment,
    row_number() over (
        partition by w.customer_id, c.as_of
        order by s.written_at desc, s.table_name, s.row_id desc
    ) as latest
from comment_scores s
join writers w on s.table_name = w.table_name and s.row_id = w.row_id
join cutoffs c on s.written_at < c.as_of and w.known_at < c.as_of
where s.sentiment is not null""",
)

_MENTIONS = Relation(
    "mentions",
    """select
    l.customer_id,
    l.as_of,
    l.as_of - m.posted_at as age,
    m.mention_id,
    cast(floor(s.sentiment * 1e6 + 5e-1) as bigint) as sentiment
from social_mentions m
join links l
    on m.identifier = l.value
    and l.identifier_type = 'social'
    and m.posted_at < l.as_of
left join comment_scores s
    on s.table_name = 'social_mentions'
    and m.mention_id = s.row_id
    and s.written_at < l.as_of""",
)

_comment = declare("comments", "comment_scores")
_mention = declare("mentions", "social_mentions")
_NEGATIVE = "sentiment < 400000"


def _mean(days: int) -> str:
    told = times(days, "sentiment is not null")
    return f"({share(total('sentiment', days), told)}) / 1e6"


OPINIONS = Family(
    "opinions",
    (_WRITERS, _COMMENTS, _MENTIONS),
    (
        _comment("comments_365d", times(365), "count",
                 "Comments read, in feedback and service contacts, of the last 365 days."),
        _comment("last_sentiment", f"{of_latest('sentiment')} / 1e6", "0..1",
                 "Sentiment of the latest comment, 0 (bad) .. 1 (good).", null=_UNREAD),
        _comment("sentiment_mean_90d", _mean(90), "0..1",
                 "Mean sentiment of the comments of the last 90 days.",
                 null="no comment read in 90 days"),
        _comment("sentiment_mean_365d", _mean(365), "0..1",
                 "Mean sentiment of the comments of the last 365 days.",
                 null="no comment read in 365 days"),
        _comment("negative_comments_{d}d", f"count(*) filter (where {_NEGATIVE} and age <= {{w}})",
                 "count", "Comments of the last {d} days with a sentiment below 0.4.", 365),
        _mention("social_mentions_{d}d", "count(*) filter (where age <= {w})", "count",
                 "Mentions of us on social networks, from a linked account, last {d} days.",
                 90, 365),
        _mention("days_since_last_mention", "min(age) / 86400e0", "days",
                 "Days from the last mention on a social network to as_of.",
                 null="no linked mention before as_of"),
        _mention("social_sentiment_mean_365d", _mean(365), "0..1",
                 "Mean sentiment of the mentions of the last 365 days.",
                 null="no mention read in 365 days"),
        _mention("negative_mentions_365d", times(365, _NEGATIVE), "count",
                 "Mentions of the last 365 days with a sentiment below 0.4."),
    ),
)  # fmt: skip
