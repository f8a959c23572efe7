"""What somebody searched for, as items of the catalogue, by the words that these hold."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bundle.contents import ItemTable

I32 = NDArray[np.int32]
_WORD: Final = re.compile(r"\w+")
_MARKS: Final = re.compile(r"[\u0300-\u036f]")
LEAST_LETTERS: Final = 2
MOST_WORDS: Final = 16
"""Words of a query that are read: what is longer is no search."""


class SearchIndex:
    """Items by the words that their names, categories and brands hold.

    Parameters
    ----------
    items
        The catalogue.
    """

    def __init__(self, items: ItemTable) -> None:
        self._n_items = items.ids.size
        found: dict[str, list[int]] = defaultdict(list)
        texts = zip(items.names, items.category_paths, items.brands, strict=True)
        for item, told in enumerate(texts):
            for word in dict.fromkeys(words(" ".join(told))):
                found[word].append(item)
        self._items: dict[str, I32] = {
            word: np.array(held, dtype=np.int32) for word, held in found.items()
        }

    def scores(self, query: str) -> NDArray[np.float32]:
        """Tell how well each item answers a query.

        Returns
        -------
        float32 (n_items,): the share of what the query says that the item has, in [0, 1]; a rare
        word says more than a common one, as the logarithm of its rarity. 0 for items that have
        less than half.
        """
        score = np.zeros(self._n_items, dtype=np.float32)
        asked = list(dict.fromkeys(words(query)))[:MOST_WORDS]
        whole = 0.0
        for word in asked:
            held = self._items.get(word)
            # A word that no item has says as much as one that a single item has.
            weight = np.log1p(self._n_items / (1 if held is None else held.size))
            whole += weight
            if held is not None:
                score[held] += np.float32(weight)
        if whole == 0.0:
            return score
        score /= np.float32(whole)
        score[score < 0.5] = 0.0
        return score


def words(text: str) -> Iterable[str]:
    """Yield the words of a text as they are compared: without case, accents and plural s."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", text)).lower()
    for word in _WORD.findall(plain):
        if len(word) >= LEAST_LETTERS:
            yield word[:-1] if len(word) > 3 and word.endswith("s") else word
