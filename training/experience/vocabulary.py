"""TF-IDF of n-grams: which n-grams count, how much each weighs, and the matrix of a text.

Sublinear counts, smoothed inverse document frequency, rows of length 1 per field (Salton and
Buckley 1988): what scikit-learn's ``TfidfVectorizer`` computes, kept as arrays.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from training.experience.ngrams import U64, Grams, character_grams, word_grams

WORDS, CHARACTERS = "words", "characters"
LONGEST_RUN = 2
CHARACTER_LENGTHS = (2, 3, 4)
MAX_FEATURES = 300_000
"""Per field. The rarest go first; 300,000 keys and weights are 5 MB."""
_CHUNK = 500_000
"""Characters worked on at once: their n-grams of one field take about 100 MB."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Vocabulary:
    """The n-grams of one field.

    Parameters
    ----------
    field
        ``words`` or ``characters``.
    key
        uint64 (features,): hashes, ascending.
    idf
        float64 (features,): inverse document frequency.
    """

    field: str
    key: U64
    idf: Floats


def learn_vocabulary(
    texts: Sequence[str], field: str, *, at_least: int, limit: int = MAX_FEATURES
) -> Vocabulary:
    """Learn which n-grams occur in at least ``at_least`` of the texts, and how rare each is."""
    key, seen = _document_frequency(texts, field)
    kept = seen >= at_least
    key, seen = key[kept], seen[kept]
    if key.size > limit:
        # Stable: among equally frequent ones the lower hash stays, on every machine.
        most = np.sort(np.argsort(-seen, kind="stable")[:limit])
        key, seen = key[most], seen[most]
    return Vocabulary(field, key, np.log((1 + len(texts)) / (1 + seen)) + 1)


def tfidf(texts: Sequence[str], vocabulary: Vocabulary) -> sparse.csr_matrix:
    """Return the texts as rows of length 1: CSR (texts, features).

    A text none of whose n-grams are known is a row of zeros.
    """
    blocks = [_tfidf(block, vocabulary) for block in _chunks(texts)]
    return sparse.vstack(blocks, format="csr")


def _tfidf(texts: Sequence[str], vocabulary: Vocabulary) -> sparse.csr_matrix:
    size = vocabulary.key.size
    grams = _grams(texts, vocabulary.field)
    place = np.searchsorted(vocabulary.key, grams.key)
    known = np.flatnonzero(np.append(vocabulary.key, 0)[place] == grams.key) if size else place[:0]
    known = known[place[known] < size]
    ones = np.ones(known.size)
    counts = sparse.csr_matrix((ones, (grams.row[known], place[known])), (len(texts), size))
    counts.sum_duplicates()
    counts.data = (1 + np.log(counts.data)) * vocabulary.idf[counts.indices]
    return _unit_rows(counts)


def _unit_rows(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    length[length == 0] = 1
    matrix.data /= np.repeat(length, np.diff(matrix.indptr))
    return matrix


def _document_frequency(texts: Sequence[str], field: str) -> tuple[U64, NDArray[np.int64]]:
    keys, counts = np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
    for block in _chunks(texts):
        grams = _grams(block, field)
        key, place = np.unique(grams.key, return_inverse=True)
        pair = np.unique(grams.row * max(key.size, 1) + place)
        seen = np.bincount(pair % max(key.size, 1), minlength=key.size)
        merged, where = np.unique(np.concatenate([keys, key]), return_inverse=True)
        counts = np.bincount(where, np.concatenate([counts, seen]), merged.size).astype(np.int64)
        keys = merged
    return keys, counts


def _grams(texts: Sequence[str], field: str) -> Grams:
    if field == WORDS:
        return word_grams(texts, LONGEST_RUN)
    return character_grams(texts, CHARACTER_LENGTHS)


def _chunks(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut into stretches of about `_CHUNK` characters; one stretch, empty, when there is none."""
    ends = np.cumsum([len(text) + 1 for text in texts] or [0])
    cuts = np.flatnonzero(np.diff(ends // _CHUNK)) + 1
    edges = [0, *cuts.tolist(), len(texts)]
    for start, end in pairwise(edges):
        yield texts[start:end]
