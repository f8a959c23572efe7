"""Words that can name a topic, in any language: no list of stop words, only how common each is."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from training.experience.ngrams import code_points, word_places

MIN_LETTERS = 3
"""Of a word: the words that bind sentences are the short ones (Zipf 1949), in any language."""
COMMON_SHARE = 0.10
COMMON_TOKENS = 0.6
MIN_COMMENTS, MAX_TERMS = 5, 3_000
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")


def terms_of(texts: Sequence[str]) -> list[list[str]]:
    """Return the words of texts in their normal form, of `MIN_LETTERS` letters or more.

    A stretch of a script that writes no spaces counts as its pairs of characters.
    """
    line = "\n".join(texts)
    start, end = word_places(code_points(line))
    starts_of_texts = np.cumsum([0, *(len(text) + 1 for text in texts[:-1])])
    row = np.searchsorted(starts_of_texts, start, side="right") - 1
    found: list[list[str]] = [[] for _ in texts]
    for text, a, b in zip(row.tolist(), start.tolist(), end.tolist(), strict=True):
        word = line[a:b]
        found[text].extend(_pairs(word) if _is_unspaced(word[0]) else _long_enough(word))
    return found


def telling_terms(texts: Sequence[Sequence[str]]) -> list[str]:
    """Choose the terms that may tell topics apart, sorted.

    Left out is what few comments hold (fewer than `MIN_COMMENTS`, or than 1 in 500), and what
    binds sentences in any language: words in more than `COMMON_SHARE` of the comments that are
    also among the most frequent, which together make up `COMMON_TOKENS` of the running text.
    Either alone would take words of the matter away: the first where comments are of a few words,
    the second where they are all about one thing.
    """
    tokens = Counter(term for text in texts for term in text)
    seen = Counter(term for text in texts for term in set(text))
    binding = _most_frequent(tokens) & {
        term for term, count in seen.items() if count > COMMON_SHARE * len(texts)
    }
    least = max(MIN_COMMENTS, len(texts) / 500)
    kept = [term for term, count in seen.items() if count >= least and term not in binding]
    return sorted(sorted(kept, key=lambda term: (-seen[term], term))[:MAX_TERMS])


def _most_frequent(tokens: Counter[str]) -> set[str]:
    left = COMMON_TOKENS * tokens.total()
    frequent = set()
    for term, count in sorted(tokens.items(), key=lambda item: (-item[1], item[0])):
        if left <= 0:
            break
        frequent.add(term)
        left -= count
    return frequent


def _pairs(word: str) -> Iterable[str]:
    return (a + b for a, b in pairwise(word))


def _long_enough(word: str) -> list[str]:
    return [word] if sum(map(str.isalpha, word)) >= MIN_LETTERS else []


def _is_unspaced(character: str) -> bool:
    return character > "\u0e00" and unicodedata.name(character, "").startswith(_UNSPACED)
