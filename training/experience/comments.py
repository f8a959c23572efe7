"""Free words made readable: one normal form, whatever was typed, pasted or damaged on the way."""

import html
import re
import unicodedata
from dataclasses import dataclass

MAX_CHARACTERS = 4_000
"""What is read of one comment: twice the longest box that survey tools offer. The rest is dropped,
so that one pasted document costs no more than a long answer."""

_RAW_CHARACTERS = 4 * MAX_CHARACTERS  # entities shrink when they are resolved
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_APOSTROPHES = dict.fromkeys("\u2019\u2018\u02bc\u0060\u00b4", "'")
# Variation selectors say how an emoji is drawn, not which one it is.
_DROPPED = {chr(c): "" for c in range(0xFE00, 0xFE10)}


_SENTENCE_END = re.compile(
    r"(?<=[.!?\u061f\u0964\u2026])\s+|(?<=[\u3002\uff01\uff1f])\s*|[\r\n]+"
)  # Arabic, Hindi; the Chinese and Japanese ones stand without a space after them


@dataclass(frozen=True)
class Reading:
    """A comment as it is learned from and scored.

    Parameters
    ----------
    text
        All of it, in its normal form; empty when there is nothing to read.
    opening, closing
        First and last sentence, or line (a title, say): where people put their verdict.
    """

    text: str
    opening: str
    closing: str


def read(comment: object) -> Reading:
    """Read one comment; nothing that was typed, pasted or damaged makes it fail."""
    if not isinstance(comment, str):
        return Reading("", "", "")
    parts = [readable(part) for part in _SENTENCE_END.split(comment[:_RAW_CHARACTERS])]
    told = [part for part in parts if part] or [""]
    return Reading(readable(comment), told[0], told[-1])


def readable(comment: object) -> str:
    """Return a comment in its normal form.

    HTML entities and tags are resolved, compatibility forms folded (NFKC), case folded, control
    characters and lone surrogates made spaces, invisible marks dropped, white space single.
    Emoji and punctuation stay.

    Parameters
    ----------
    comment
        The words; anything but a text (null, NaN) reads as no words.

    Returns
    -------
    At most `MAX_CHARACTERS` characters; empty when there is nothing to read.
    """
    if not isinstance(comment, str):
        return ""
    # Cut before each step that costs more than its input: NFKC turns one character into 18.
    text = _TAG.sub(" ", html.unescape(comment[:_RAW_CHARACTERS]))[:MAX_CHARACTERS]
    text = unicodedata.normalize("NFKC", text.translate(_CLEAN)).casefold()
    return " ".join(text.translate(_CLEAN).split())[:MAX_CHARACTERS].rstrip()


class _Clean(dict[int, str]):
    """Code point -> what stands for it; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        self[code] = _cleaned(chr(code))
        return self[code]


def _cleaned(character: str) -> str:
    if character in _APOSTROPHES:
        return "'"
    category = unicodedata.category(character)
    if category == "Cf" or character in _DROPPED:
        return ""
    return " " if category.startswith(("C", "Z")) else character


_CLEAN = _Clean()
