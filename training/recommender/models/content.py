"""Fit content neighbours: TF-IDF over the words of an item and what the catalogue says of it."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.content import Content
from training.recommender.models.pruning import product

SEPARATOR: Final = " > "
"""Between the levels of a category path."""


@dataclass(frozen=True)
class ItemText:
    """What the catalogue says of an item; empty where it says nothing."""

    name: str = ""
    category_path: str = ""
    brand: str = ""


@dataclass(frozen=True)
class ContentConfig:
    """What makes items alike.

    Parameters
    ----------
    neighbours
        Kept per item.
    category, brand
        Weight of a category path's levels and of the brand, those of the words being 1.
    common
        A word, level or brand of more items than this is left out: it says little, and would make
        a neighbour of every item.
    half_life
        Days after which an interaction counts half; infinite: it never fades.
    """

    neighbours: int = 50
    category: float = 1.0
    brand: float = 0.5
    common: int = 1000
    half_life: float = np.inf


def fit_content(histories: Histories, items: Sequence[ItemText], config: ContentConfig) -> Content:
    """Fit on the catalogue; of the histories only the number of items is read.

    Raises
    ------
    ValueError
        If there are not as many texts as items.
    """
    if len(items) != histories.n_items:
        raise ValueError(
            f"items: {len(items)} texts for {histories.n_items} items; give one text an item."
        )
    unit = _unit(items, config)
    near = product(unit, sparse.csr_matrix(unit.T), config.neighbours, diagonal=False)
    return Content(near, config.half_life)


def alike(
    items: Sequence[ItemText], some: NDArray[np.int64], config: ContentConfig
) -> sparse.csr_matrix:
    """Return the neighbours of some items: CSR float32 (some, n_items), as of `fit_content`."""
    unit = _unit(items, config)
    # One more, for each is nearest to itself.
    near = product(unit[some], sparse.csr_matrix(unit.T), config.neighbours + 1, diagonal=True)
    near = near.tocoo()
    other = near.col != some[near.row]
    return sparse.csr_matrix(
        (near.data[other], (near.row[other], near.col[other])), shape=near.shape
    )


def _unit(items: Sequence[ItemText], config: ContentConfig) -> sparse.csr_matrix:
    """Return weighted words and attributes, rows of length 1, or of 0 without any."""
    blocks = [
        _tfidf([_words(item.name) for item in items], config.common),
        config.category * _tfidf([_levels(item.category_path) for item in items], config.common),
        config.brand * _tfidf([_brand(item.brand) for item in items], config.common),
    ]
    stacked = sparse.csr_matrix(sparse.hstack(blocks), dtype=np.float32)
    length = np.sqrt(np.asarray(stacked.multiply(stacked).sum(axis=1)).ravel())
    inverse = np.divide(1.0, length, out=np.zeros_like(length), where=length > 0)
    return sparse.csr_matrix(sparse.diags(inverse) @ stacked, dtype=np.float32)


def _words(name: str) -> list[str]:
    return re.findall(r"\w+", name.lower())


def _levels(path: str) -> list[str]:
    """Return every prefix of a path: items share the levels down to where they part."""
    levels = path.split(SEPARATOR) if path else []
    return [SEPARATOR.join(levels[: depth + 1]) for depth in range(len(levels))]


def _brand(brand: str) -> list[str]:
    return [brand.lower()] if brand else []


def _tfidf(tokens: list[list[str]], common: int) -> sparse.csr_matrix:
    """Return TF-IDF rows of length 1, or of 0 without tokens (items, vocabulary)."""
    items_with = Counter(token for held in tokens for token in set(held))
    rare = [[token for token in held if items_with[token] <= common] for held in tokens]
    if not any(rare):  # an empty vocabulary is an error to scikit-learn
        return sparse.csr_matrix((len(rare), 0), dtype=np.float32)
    vectorizer = TfidfVectorizer(analyzer=_given, sublinear_tf=True, dtype=np.float32)
    return sparse.csr_matrix(vectorizer.fit_transform(rare))


def _given(tokens: list[str]) -> list[str]:
    return tokens
