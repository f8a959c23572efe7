"""Why an item is in a slate, in words that are true of it: English and French."""

from collections.abc import Mapping
from typing import Final, Literal

import numpy as np

from bundle.contents import Bundle
from decisioning.item_cut import RankedItem
from decisioning.policy import DAY

Language = Literal["en", "fr"]
_SENTENCES: Final[Mapping[str, Mapping[Language, str]]] = {
    "repeat_purchase": {
        "en": "Bought {often}, last on {day}.",
        "fr": "Acheté {often}, la dernière fois le {day}.",
    },
    "similar_customers": {
        "en": "Customers with similar baskets buy it.",
        "fr": "Des clients aux paniers semblables l'achètent.",
    },
    "popular": {"en": "Popular now.", "fr": "Populaire en ce moment."},
}
_TIMES: Final[Mapping[Language, tuple[str, str]]] = {
    "en": ("once", "{n} times"),
    "fr": ("une fois", "{n} fois"),
}


def reason_text(
    ranked: RankedItem, bundle: Bundle, bought_at: Mapping[int, int], language: Language
) -> str:
    """Return the reason in words.

    Parameters
    ----------
    bought_at
        By item: when this subject bought it since the bundle was made, epoch seconds UTC.
    """
    once, times = _TIMES[language]
    often = once if ranked.orders == 1 else times.format(n=ranked.orders)
    sentence = _SENTENCES[ranked.reason][language]
    return sentence.format(often=often, day=_day(_last_bought(ranked, bundle, bought_at)))


def _last_bought(ranked: RankedItem, bundle: Bundle, bought_at: Mapping[int, int]) -> int:
    if ranked.item in bought_at:
        return bought_at[ranked.item]
    # Half a minute undoes what float32 lost of the days, short of midnight.
    return bundle.manifest.as_of - int((ranked.last_days or 0.0) * DAY - 30)


def _day(at: int) -> str:
    return str(np.datetime64(at, "s").astype("datetime64[D]"))
