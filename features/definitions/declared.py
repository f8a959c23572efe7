"""What the customer declared, and what others say of them."""

from features.columns import PERSONALISATION, THIRD_PARTY_DATA
from features.registry import Family, Feature, Relation

# Declared bands carry no date; they are taken as known from the start.
_PROFILES = Relation(
    "profiles",
    """select
    u.customer_id,
    c.as_of,
    case
        when u.birth_year is not null
            then c.as_of / 31556952e0 + 1970 - (u.birth_year + 5e-1)
        else case u.age_band
            when '19-24' then 21.5e0
            when '25-34' then 29.5e0
            when '35-44' then 39.5e0
            when '45-54' then 49.5e0
            when '55-64' then 59.5e0
            when '65+' then 70e0
        end
    end as age_years,
    try_cast(replace(u.household_size, '+', '') as double) as household_size,
    try_cast(replace(u.kids_count, '+', '') as double) as kids_count,
    case
        when lower(u.income_band) like 'under%' then 0e0
        else try_cast(replace(replace(split_part(u.income_band, '-', 1), 'K', ''), '+', '')
            as double)
    end as income_low_thousands,
    case
        when lower(u.home_ownership) like '%owner%' then 1e0
        when u.home_ownership is not null then 0e0
    end as home_owner,
    case
        when lower(u.marital_status) = 'married' then 1e0
        when u.marital_status is not null then 0e0
    end as married,
    c.as_of - u.signed_up_at as tenure,
    case when u.birth_year is null and u.age_band is null then 0 else 1 end
    + case when u.country is null then 0 else 1 end
    + case when u.postal_code is null then 0 else 1 end
    + case when u.locale is null then 0 else 1 end
    + case when u.home_location_id is null then 0 else 1 end
    + case when u.income_band is null then 0 else 1 end
    + case when u.household_size is null then 0 else 1 end
    + case when u.kids_count is null then 0 else 1 end
    + case when u.home_ownership is null then 0 else 1 end
    + case when u.marital_status is null then 0 else 1 end as declared_fields
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
        name, "profiles", "customers", f"max({name})", unit, PERSONALISATION, "not declared", doc,
        protected=True,
    )  # fmt: skip


DECLARED = Family(
    "declared",
    (_PROFILES, _BOUGHT_DATA),
    (
        _profile("age_years", "years",
                 "By the declared year of birth (its middle), else the middle of the declared age"
                 " band (70 for 65+)."),
        _profile("household_size", "persons", "Declared persons in the household (5 for 5+)."),
        Feature(
            "third_party_attributes", "bought_data", "third_party", "count(distinct attribute)",
            "count", THIRD_PARTY_DATA, "", "Attributes held from other companies, still licensed.",
            empty=0, protected=True,
        ),
    ),
)  # fmt: skip
