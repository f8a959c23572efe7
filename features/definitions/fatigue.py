"""How often a customer is approached, and how that is received."""

from features.definitions.sql import share, times, total
from features.registry import Family, Relation, declare

_NOT_SHOWN = "no offer in 365 days"

# Of what came of an offer, only what was known before as_of counts.
_ANSWERED = Relation(
    "answered_offers",
    """select
    x.customer_id,
    c.as_of,
    c.as_of - x.exposed_at as age,
    x.decision_id,
    x.action_id,
    x.channel,
    max(case when o.outcome in ('clicked', 'accepted', 'purchased') then 1 else 0 end) as liked,
    max(case when o.outcome in ('accepted', 'purchased') then 1 else 0 end) as taken,
    max(case when o.outcome = 'rejected' then 1 else 0 end) as rejected
from exposures x
join cutoffs c on x.exposed_at < c.as_of
left join outcomes o on x.decision_id = o.decision_id and o.occurred_at < c.as_of
group by x.customer_id, c.as_of, x.exposed_at, x.decision_id, x.action_id, x.channel""",
)

# Offers shown after the last one that was liked; all of them when none was.
_STREAK = Relation(
    "cold_offers",
    """select a.customer_id, a.as_of
from answered_offers a
join (
    select customer_id, as_of, min(case when liked = 1 then age end) as liked_age
    from answered_offers
    group by customer_id, as_of
) l on a.customer_id = l.customer_id and a.as_of = l.as_of
where l.liked_age is null or a.age < l.liked_age""",
)

_exposed = declare("exposed", "exposures")
_offer = declare("answered_offers", "exposures")
_accepted = declare("accepted", "outcomes")

FATIGUE = Family(
    "fatigue",
    (_ANSWERED, _STREAK),
    (
        _exposed("exposures_{d}d", "count(*) filter (where age <= {w})", "count",
                 "Offers shown in the last {d} days.", 7, 30),
        _exposed("days_since_last_exposure", "min(age) / 86400e0", "days",
                 "Days from the last offer shown to as_of.", null="never shown an offer"),
        _offer("actions_shown_365d", "count(distinct action_id) filter (where age <= 31536000)",
               "count", "Different actions shown in the last 365 days."),
        _offer("clicked_offers_365d", times(365, "liked = 1"), "count",
               "Offers of the last 365 days that were clicked or taken."),
        _offer("acceptance_rate_365d", share(times(365, "taken = 1"), times(365)), "share",
               "Offers of the last 365 days that were taken.", null=_NOT_SHOWN),
        _offer("rejected_offers_{d}d", "count(*) filter (where rejected = 1 and age <= {w})",
               "count", "Offers of the last {d} days that were rejected.", 365),
        _offer("ignored_offers_{d}d",
               "count(*) filter (where liked = 0 and rejected = 0 and age <= {w})", "count",
               "Offers of the last {d} days that brought no answer so far.", 365),
        declare("cold_offers", "exposures")(
            "offers_since_last_liked", "count(*)", "count",
            "Offers in a row, up to as_of, that were neither clicked nor taken.",
        ),
        _accepted("redemption_value_365d", total("value", 365), "cents",
                  "What the offers taken in the last 365 days brought, where it is told."),
        _accepted("days_since_last_redemption", "min(age) / 86400e0", "days",
                  "Days from the last offer taken to as_of.", null="never took an offer"),
    ),
)  # fmt: skip
