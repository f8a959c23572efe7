"""What each column says; ``{d}`` in a name stands for the window in days.

A protected column has no phrase and never gets one: it is told to nobody as a reason.
"""

import re
from typing import Final

from features.definitions import FEATURES
from features.phrases.contacts import OF_CONTACTS
from features.phrases.habits import OF_HABITS
from features.phrases.lived import OF_WHAT_WAS_LIVED
from features.phrases.purchases import OF_PURCHASES
from features.phrases.visits import OF_VISITS
from features.phrases.words import Language, Phrase

_TABLE: Final[dict[str, Phrase]] = {
    **OF_PURCHASES,
    **OF_HABITS,
    **OF_VISITS,
    **OF_CONTACTS,
    **OF_WHAT_WAS_LIVED,
}

_WINDOW = re.compile(r"_(\d+)d$")
_BY_NAME = {feature.name: feature for feature in FEATURES}
UNITS: Final = {feature.name: feature.unit for feature in FEATURES}
"""Unit of each snapshot column."""


def may_be_told(column: str) -> bool:
    """Return whether a column may be told as a reason: it is known, and not protected."""
    return column in _BY_NAME and not _BY_NAME[column].protected


def phrase_of(column: str) -> Phrase:
    """Return what a column says; of one without a phrase, its description with its number.

    Raises
    ------
    ValueError
        If the column may not be told.
    """
    if not may_be_told(column):
        raise ValueError(f"column {column} may not be told as a reason (protected, or unknown)")
    found = _WINDOW.search(column)
    stem = _WINDOW.sub("_{d}d", column)
    if stem in _TABLE and found:
        return _of_window(_TABLE[stem], found.group(1))
    return _TABLE[column] if column in _TABLE else _described(column)


def _of_window(phrase: Phrase, days: str) -> Phrase:
    def at(text: str) -> str:
        return text.replace("{d}", days)

    return Phrase(
        phrase.theme, at(phrase.en), at(phrase.fr), at(phrase.en_short), at(phrase.fr_short),
        at(phrase.en_null), at(phrase.fr_null),
    )  # fmt: skip


def _described(column: str) -> Phrase:
    """Say the registry's own description: in English, for it has no other."""
    feature = _BY_NAME[column]
    doc = feature.doc.rstrip(".").replace("{", "(").replace("}", ")")
    null = feature.null_means or "not known"
    return Phrase(column, f"{doc}: {{value}}", f"{doc} : {{value}}", "", "", null, null)


def said(column: str, values: dict[str, float], language: Language) -> str:
    """Return a column's phrase for one customer's numbers (NaN is null), by column."""
    phrase = phrase_of(column)
    told = phrase.said(column, values, UNITS, language)
    return told or _described(column).said(column, values, UNITS, language)
