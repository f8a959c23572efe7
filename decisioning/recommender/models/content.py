"""Content: items alike by name, category and brand, bought already or not."""

from dataclasses import dataclass

from decisioning.recommender.models.item_item import ItemItem


@dataclass(frozen=True)
class Content(ItemItem):
    """Cosine of weighted words and attributes, the nearest neighbours of each item kept.

    An item that nobody has bought yet has neighbours too: it is put forward by what is like it.
    An item is no neighbour of itself.
    """
