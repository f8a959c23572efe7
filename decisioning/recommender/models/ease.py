"""EASE: linear weights between items that predict a history from the rest of it."""

from dataclasses import dataclass

from decisioning.recommender.models.item_item import ItemItem


@dataclass(frozen=True)
class Ease(ItemItem):
    """Ridge regression of each item on the others (Steck 2019), the largest weights kept.

    An item says nothing of itself; weights may be negative.
    """
