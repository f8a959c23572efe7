"""Item-kNN by BM25: what is bought by the same customers, frequent buyers counting less."""

from dataclasses import dataclass

from decisioning.recommender.models.item_item import ItemItem


@dataclass(frozen=True)
class ItemKnn(ItemItem):
    """BM25-weighted co-occurrence, the nearest neighbours of each item kept.

    An item is its own nearest neighbour, so what was bought before scores high.
    """
