"""Why an item is in a slate, in words that are true of it: English and French."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from bundle.contents import Bundle
from decisioning.item_block import ItemDecision
from decisioning.item_cut import SIMILAR, RankedItem
from decisioning.new_items import LIKE
from decisioning.policy import DAY
from decisioning.recommender.places.moments import NEW_FOR_YOU

Language = Literal["en", "fr"]
_NAMING: Final[Mapping[str, tuple[str, str]]] = {
    "similar_customers": ("Because you bought {anchor}.", "Parce que vous avez acheté {anchor}."),
    "bought_by_same_customers": (
        "Customers who buy {anchor} buy it.",
        "Les clients qui achètent {anchor} l'achètent.",
    ),
    "same_kind": ("Of the same kind as {anchor}.", "Du même genre que {anchor}."),
    "new_like_your_purchases": (
        "New, and like {anchor}, which you bought.",
        "Nouveau, et semblable à {anchor}, que vous avez acheté.",
    ),
    "bought_together": ("Often bought with {anchor}.", "Souvent acheté avec {anchor}."),
    "in_session": ("Others went on to it from {anchor}.", "D'autres y sont passés après {anchor}."),
}
"""Sentences that name another item, English and French."""
_PLAIN: Final[Mapping[str, tuple[str, str]]] = {
    "repeat_purchase": (
        "Bought {often}, last on {day}.",
        "Acheté {often}, la dernière fois le {day}.",
    ),
    "similar_customers": (
        "Customers with similar baskets buy it.",
        "Des clients aux paniers semblables l'achètent.",
    ),
    "popular": ("Popular now.", "Populaire en ce moment."),
    "popular_here": (
        "Popular with customers of this shop.",
        "Populaire auprès des clients de ce magasin.",
    ),
    "popular_your_shop": (
        "Popular with customers of your shop.",
        "Populaire auprès des clients de votre magasin.",
    ),
    "popular_on_channel": (
        "Popular with those who order this way.",
        "Populaire auprès de ceux qui commandent ainsi.",
    ),
    "popular_same_way": (
        "Popular with those who came the same way.",
        "Populaire auprès de ceux venus par le même chemin.",
    ),
    "popular_near_you": (
        "Popular with customers of your region.",
        "Populaire auprès des clients de votre région.",
    ),
    "popular_same_language": (
        "Popular with customers of your language.",
        "Populaire auprès des clients de votre langue.",
    ),
    "bought_by_same_customers": ("Bought by the same customers.", "Acheté par les mêmes clients."),
    "same_kind": ("Of the same kind.", "Du même genre."),
    "bought_together": ("Often bought together.", "Souvent achetés ensemble."),
    "in_session": ("Others went on to it.", "D'autres y sont passés ensuite."),
    "searched_for": ("Answers your search.", "Répond à votre recherche."),
    "trending_near": (
        "Sells better here than it used to.",
        "Se vend ici mieux que d'habitude.",
    ),
    "trending": ("Sells better than it used to.", "Se vend mieux que d'habitude."),
    "new_like_your_purchases": (
        "New, and like what you buy.",
        "Nouveau, et semblable à ce que vous achetez.",
    ),
    "new_in_your_categories": (
        "New, in a category you buy from.",
        "Nouveau, dans un rayon où vous achetez.",
    ),
    "new": ("New.", "Nouveau."),
    "new_item_tried": ("New here.", "Nouveau ici."),
    "recently_viewed": ("Viewed of late and not bought.", "Vu récemment et pas acheté."),
    "left_in_basket": ("Left in the basket.", "Laissé dans le panier."),
}
"""Sentences that name no item but this one."""
_NAMESAKE: Final = ("You bought one of the same name.", "Vous en avez acheté un du même nom.")
"""Where an item and the purchase that speaks for it read the same, as two sizes may."""
_DUE: Final = (" Due again about {due}.", " À racheter vers le {due}.")
_OF_PURCHASES: Final = (LIKE, NEW_FOR_YOU)
"""Reasons that tell what is bought though they count no purchase."""
_SUPPRESSED: Final = ("Chosen for you.", "Choisi pour vous.")
_TIMES: Final = (("once", "{n} times"), ("une fois", "{n} fois"))


@dataclass(frozen=True)
class Grounds:
    """What an answer says of the items of one slate, and makes its sentences of, by item.

    Parameters
    ----------
    bought_at
        When this subject bought it since the bundle was made, epoch seconds UTC.
    due_at
        When it is due again, epoch seconds UTC; empty where that was not asked.
    anchors
        The item that the reason names.
    chances
        That it is bought, calibrated; only of what a ranker put forward.
    sensitive
        bool (n_items,): categories of which nothing is said.
    """

    bought_at: Mapping[int, int]
    due_at: Mapping[int, int]
    anchors: Mapping[int, int]
    chances: Mapping[int, float]
    sensitive: NDArray[np.bool_]

    def anchor(self, item: int) -> int | None:
        """Return the item that may be named beside another, None where none may."""
        named = self.anchors.get(item)
        hidden = self.sensitive[item] or (named is not None and self.sensitive[named])
        return None if hidden else named


def named_anchors(bundle: Bundle, decision: ItemDecision) -> dict[int, int]:
    """Return the items that reasons may name, by item of the slate.

    A purchase that adds most to a model's score may go with everything: milk with all that fills
    a large basket. It is named for an item that is bought with it more than chance would have it,
    in the same order or the next, or that is of the same product type.
    """
    reasons = {one.item: one.reason for one in decision.slate}
    types, together = bundle.state.items.type_code, bundle.shelves.complements
    return {
        item: anchor
        for item, anchor in decision.anchors.items()
        if reasons[item] not in (SIMILAR, LIKE)
        or types[item] == types[anchor]
        or together[anchor, item] > 0
    }


def reason_text(ranked: RankedItem, bundle: Bundle, grounds: Grounds, language: Language) -> str:
    """Return the reason in words."""
    tongue = ("en", "fr").index(language)
    anchor = grounds.anchor(ranked.item)
    if grounds.sensitive[ranked.item] and (ranked.orders or ranked.reason in _OF_PURCHASES):
        return _SUPPRESSED[tongue]
    if anchor is not None and ranked.reason in _NAMING:
        if ranked.reason == SIMILAR and _name(bundle, anchor) == _name(bundle, ranked.item):
            return _NAMESAKE[tongue]
        return _NAMING[ranked.reason][tongue].format(anchor=_name(bundle, anchor))
    once, times = _TIMES[tongue]
    often = once if ranked.orders == 1 else times.format(n=ranked.orders)
    day = _day(_last_bought(ranked, bundle, grounds.bought_at))
    sentence = _PLAIN[ranked.reason][tongue].format(often=often, day=day)
    due = grounds.due_at.get(ranked.item)
    return sentence if due is None else sentence + _DUE[tongue].format(due=_day(due))


def _name(bundle: Bundle, item: int) -> str:
    return str(bundle.items.names[item] or bundle.items.ids[item])


def _last_bought(ranked: RankedItem, bundle: Bundle, bought_at: Mapping[int, int]) -> int:
    if ranked.item in bought_at:
        return bought_at[ranked.item]
    # Half a minute undoes what float32 lost of the days, short of midnight.
    return bundle.manifest.as_of - int((ranked.last_days or 0.0) * DAY - 30)


def _day(at: int) -> str:
    return str(np.datetime64(at, "s").astype("datetime64[D]"))
