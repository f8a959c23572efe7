"""The item itself: how popular, how often bought again, how soon."""

from typing import Final

import numpy as np

from decisioning.recommender.pairs.group import F32, FeatureGroup, Pairs


def item_columns(pairs: Pairs) -> list[F32]:
    """Compute the features of `ITEM`."""
    items, item = pairs.state.items, pairs.item
    long, month, recent = items.popularity.take(item, axis=0).T
    return [
        long,
        month,
        # Additive constants keep the trend of a rare item near that of a steady one.
        (recent + np.float32(0.002)) / (month + np.float32(0.004)),
        items.rebuy_rate.take(item),
        items.repeat_rate.take(item),
        items.gap_days.take(item),
        items.share_of_type.take(item),
        pairs.at_location(items.popularity_at),
    ]


ITEM: Final = FeatureGroup(
    "item",
    (
        "popularity",
        "popularity_30d",
        "popularity_trend",
        "rebuy_rate",
        "repeat_rate",
        "gap_days",
        "share_of_type",
        "popularity_at_location",
    ),
    item_columns,
)
