"""Who takes the item up: what is being discovered, everywhere and where the customer shops."""

from typing import Final

from decisioning.recommender.pairs.group import F32, FeatureGroup, Pairs
from decisioning.recommender.state import NEWCOMER_DAYS


def newcomer_columns(pairs: Pairs) -> list[F32]:
    """Compute the features of `NEWCOMERS`."""
    items, item = pairs.state.items, pairs.item
    place = pairs.state.customers.location[pairs.customer]
    return [*items.newcomers[item].T, items.recent_at[place, item], items.newcomers_at[place, item]]


NEWCOMERS: Final = FeatureGroup(
    "newcomers",
    (
        *(f"newcomers_{days}d" for days in NEWCOMER_DAYS),
        "popularity_at_location_30d",
        "newcomers_at_location_30d",
    ),
    newcomer_columns,
)
