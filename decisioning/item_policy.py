"""The policy for items, as the core sees it."""

from dataclasses import dataclass, field

from decisioning.recommender.diversity import Diversity


@dataclass(frozen=True)
class ItemPolicy:
    """Rules for slates of items; the defaults change nothing.

    Parameters
    ----------
    diversity
        What of the scores' order is given up, for goals that a ranker orders.
    ignored_half_life
        Days after which an exposure that was ignored counts half.
    sensitive_categories
        Categories, or beginnings of their paths, of which no reason says anything.
    new_item_share
        Share of slates whose last place goes to a new item, drawn evenly among those allowed.
    new_item_days
        How long an item counts as new.
    """

    diversity: Diversity = field(default_factory=Diversity)
    ignored_half_life: float = 14.0
    sensitive_categories: tuple[str, ...] = ()
    new_item_share: float = 0.0
    new_item_days: float = 60.0
