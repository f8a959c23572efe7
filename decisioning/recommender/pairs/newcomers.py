"""Who takes the item up: what is being discovered, everywhere and where the customer shops."""

from typing import Final

from decisioning.recommender.pairs.group import F32, FeatureGroup, Pairs
from decisioning.recommender.state import NEWCOMER_DAYS


def newcomer_columns(pairs: Pairs) -> list[F32]:
    """Compute the features of `NEWCOMERS`."""
    items = pairs.state.items
    uptake = items.newcomers.take(pairs.item, axis=0)
    return [*uptake.T, pairs.at_location(items.recent_at), pairs.at_location(items.newcomers_at)]


NEWCOMERS: Final = FeatureGroup(
    "newcomers",
    (
        *(f"newcomers_{days}d" for days in NEWCOMER_DAYS),
        "popularity_at_location_30d",
        "newcomers_at_location_30d",
    ),
    newcomer_columns,
)
