"""What the customer declared, and what others say of them."""

from features.columns import PERSONALISATION, THIRD_PARTY_DATA
from features.registry import Family, Feature, Relation

# Declared bands carry no date; they are taken as known from the start.
_PROFILES = Relation(
    "profiles",
    """select
    u.customer_id,
    c.as_of,
    case u.age_band
        when '19-24' then 21.5e0
        when '25-34' then 29.5e0
        when '35-44' then 39.5e0
        when '45-54' then 49.5e0
        when '55-64' then 59.5e0
        when '65+' then 70e0
    end as age_years,
    try_cast(replace(u.household_size, '+', '') as double) as household_size
from customers u
join cutoffs c on u.signed_up_at is null or u.signed_up_at < c.as_of""",
)

_BOUGHT_DATA = Relation(
    "bought_data",
    """select t.customer_id, c.as_of, t.attribute
from third_party t
join cutoffs c on t.obtained_at < c.as_of and (t.expires_at is null or t.expires_at >= c.as_of)""",
)


def _profile(name: str, unit: str, doc: str) -> Feature:
    return Feature(
        name, "profiles", "customers", f"max({name})", unit, PERSONALISATION, "not declared", doc
    )


DECLARED = Family(
    "declared",
    (_PROFILES, _BOUGHT_DATA),
    (
        _profile("age_years", "years", "Middle of the declared age band (70 for 65+)."),
        _profile("household_size", "persons", "Declared persons in the household (5 for 5+)."),
        Feature(
            "third_party_attributes", "bought_data", "third_party", "count(distinct attribute)",
            "count", THIRD_PARTY_DATA, "", "Attributes held from other companies, still licensed.",
            empty=0,
        ),
    ),
)  # fmt: skip
