"""More of what the customer declared, what is linked to them, and what others say of them."""

from features.columns import THIRD_PARTY_DATA
from features.registry import Family, Feature, Relation, declare

_LINKED = Relation(
    "linked",
    """select customer_id, as_of, identifier_type
from links
where customer_id is not null""",
)

# Attributes held before as_of, licensed or not: `lapsed` says that the right has ended.
_HELD = Relation(
    "held_data",
    """select
    t.customer_id,
    c.as_of,
    c.as_of - t.obtained_at as age,
    t.attribute,
    t.provider,
    case when t.expires_at < c.as_of then 1 else 0 end as lapsed
from third_party t
join cutoffs c on t.obtained_at < c.as_of""",
)

_declared = declare("profiles", "customers")
_linked = declare("linked", "identifiers")
_held = declare("held_data", "third_party", THIRD_PARTY_DATA)


def _profile(name: str, unit: str, doc: str) -> Feature:
    return _declared(name, f"max({name})", unit, doc, null="not declared", protected=True)


PROFILE = Family(
    "profile",
    (_LINKED, _HELD),
    (
        _profile("income_low_thousands", "thousands",
                 "Lower end of the declared band of yearly income (0 for the lowest band)."),
        _profile("kids_count", "persons", "Declared children (3 for 3+)."),
        _profile("home_owner", "0 or 1", "Declared as owning the home (1) or not (0)."),
        _profile("married", "0 or 1", "Declared as married (1) or not (0)."),
        _declared("tenure_days", "max(tenure) / 86400e0", "days",
                  "Days from the sign-up to as_of.", null="time of sign-up not told"),
        _declared("declared_fields", "max(declared_fields)", "count",
                  "Fields of the profile that are filled in, of ten."),
        _linked("linked_visitors",
                "count(*) filter (where identifier_type in ('cookie', 'device'))", "count",
                "Cookies and devices linked to the customer before as_of."),
        _held("third_party_providers", "count(distinct provider) filter (where lapsed = 0)",
              "count", "Other companies whose data are held, still licensed.", protected=True),
        _held("days_since_third_party", "min(age) filter (where lapsed = 0) / 86400e0", "days",
              "Days since the newest licensed attribute came in.",
              null="no licensed attribute held", protected=True),
    ),
)  # fmt: skip
