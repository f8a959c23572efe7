"""What was offered, and what the customer took."""

from features.columns import PERSONALISATION
from features.registry import Family, Feature, Relation

_EXPOSED = Relation(
    "exposed",
    """select x.customer_id, c.as_of, c.as_of - x.exposed_at as age
from exposures x
join cutoffs c on x.exposed_at < c.as_of""",
)

_ACCEPTED = Relation(
    "accepted",
    """select
    coalesce(o.customer_id, x.customer_id) as customer_id,
    c.as_of,
    c.as_of - o.occurred_at as age,
    o.value
from outcomes o
left join exposures x on o.decision_id = x.decision_id
join cutoffs c on o.occurred_at < c.as_of
where o.outcome = 'accepted'""",
)

RESPONSES = Family(
    "responses",
    (_EXPOSED, _ACCEPTED),
    (
        Feature(
            "exposures_{d}d", "exposed", "exposures", "count(*) filter (where age <= {w})",
            "count", PERSONALISATION, "", "Offers shown in the last {d} days.", (90, 365), 0,
        ),
        Feature(
            "redemptions_{d}d", "accepted", "outcomes", "count(*) filter (where age <= {w})",
            "count", PERSONALISATION, "", "Offers accepted, as coupons, in the last {d} days.",
            (90, 365), 0,
        ),
    ),
)  # fmt: skip
