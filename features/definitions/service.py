"""What the customer asked of our service, and how it was settled."""

from features.definitions.sql import share, times, total
from features.registry import Family, Relation, declare

_NONE = "no contact in 365 days"
_NONE_CLOSED = "no contact of 365 days closed before as_of"

_PER_ORDER = Relation(
    "service_load",
    """select customer_id, as_of, age, 1 as contact, 0 as placed
from contacts
where age <= 31536000
union all
select customer_id, as_of, age, 0 as contact, 1 as placed
from orders
where age <= 31536000""",
)

_contact = declare("contacts", "service_contacts")

SERVICE = Family(
    "service",
    (_PER_ORDER,),
    (
        _contact("contacts_{d}d", "count(*) filter (where age <= {w})", "count",
                 "Service contacts opened in the last {d} days.", 30, 365),
        _contact("days_since_last_contact", "min(age) / 86400e0", "days",
                 "Days from the last contact opened to as_of.", null="never contacted service"),
        _contact("repeat_contacts_{d}d", "count(*) filter (where gap <= 604800 and age <= {w})",
                 "count", "Contacts of the last {d} days opened within 7 days of another.",
                 90, 365),
        _contact("resolution_hours_mean_365d",
                 f"{share(total('duration', 365), times(365, 'duration is not null'))} / 3600e0",
                 "hours", "Mean hours from opening to closing, last 365 days.", null=_NONE_CLOSED),
        _contact("resolution_hours_max_365d",
                 "max(duration) filter (where age <= 31536000) / 3600e0", "hours",
                 "Longest time from opening to closing, last 365 days.", null=_NONE_CLOSED),
        _contact("unresolved_share_365d", share(times(365, "settled = 0"), times(365)), "share",
                 "Contacts of the last 365 days not settled at as_of.", null=_NONE),
        _contact("oldest_unresolved_days", "max(case when settled = 0 then age end) / 86400e0",
                 "days", "Days since the oldest contact that is not settled was opened.",
                 null="every contact is settled"),
        _contact("contact_topics_365d", "count(distinct topic) filter (where age <= 31536000)",
                 "count", "Different topics of contacts in the last 365 days."),
        _contact("order_contacts_365d", times(365, "order_id is not null"), "count",
                 "Contacts about an order in the last 365 days."),
        declare("service_load", "service_contacts")(
            "contacts_per_order_365d", share("sum(contact)", "sum(placed)"), "ratio",
            "Contacts against orders, last 365 days.", null="bought nothing in 365 days",
        ),
    ),
)  # fmt: skip
