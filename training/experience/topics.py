"""What comments are about: a few topics, learned, and named by their most telling words."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linear_sum_assignment
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning

from training.experience.terms import telling_terms, terms_of

MIN_COMMENTS = 200
"""Fewer make halves of less than 100, whose topics are accidents."""
COUNTS = (12, 10, 8, 6, 4)
"""How many topics are tried, the most first: more than a dozen is no longer read."""
ENOUGH = 0.75
"""Share of the topics that must count for their number to be taken."""
STABLE = 0.7
"""Least likeness (cosine) of a topic to its fellows learned from either half of the comments."""
ABOUT = 0.15
"""Least likeness of a comment to its topic: one common word among many is no topic."""
KEPT = 0.6
"""Likeness to an earlier topic from which the name stays."""
NAME_TERMS, SHOWN_TERMS = 3, 10

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Topics:
    """Topics of comments.

    Parameters
    ----------
    names
        One per topic: its most telling terms, or the name of the earlier topic it continues.
    terms
        What the columns stand for, ascending.
    idf
        float64 (terms,): inverse document frequency.
    weight
        float64 (topics, terms): rows of length 1.
    """

    names: tuple[str, ...]
    terms: tuple[str, ...]
    idf: Floats
    weight: Floats

    def telling(self, count: int = SHOWN_TERMS) -> tuple[tuple[str, ...], ...]:
        """Return the most telling terms of each topic, the most telling first."""
        return tuple(tuple(self.terms[k] for k in row[:count]) for row in _by_telling(self.weight))


@dataclass(frozen=True)
class LearnedTopics:
    """What came of learning: topics, or the reason why there are none.

    ``stability`` is the likeness of the least stable topic between halves, 0 to 1.
    """

    topics: Topics | None
    reason: str
    comments: int
    stability: float = float("nan")


def learn_topics(
    texts: Sequence[str], *, seed: int = 0, earlier: Topics | None = None
) -> LearnedTopics:
    """Learn topics by non-negative factors of TF-IDF (Lee and Seung 1999).

    A topic counts when each half of the comments, taken alone, gives it too (after the stability
    analysis of Greene, O'Callaghan and Cunningham 2014). Their number is the largest of `COUNTS`
    of which `ENOUGH` count, else the one of which most do; the others are left out.

    Parameters
    ----------
    texts
        Comments in their normal form; order does not matter.
    seed
        Of the halves and of the start of the factors.
    earlier
        Topics of an earlier time, whose names go on.
    """
    # Sorted, so that the halves hang on what was said and not on the order of rows.
    said = terms_of(sorted(text for text in texts if text))
    if len(said) < MIN_COMMENTS:
        reason = f"too few comments for topics: {len(said)}, {MIN_COMMENTS} are needed"
        return LearnedTopics(None, reason, len(said))
    terms = telling_terms(said)
    counts = _counts(said, terms)
    idf = np.log((1 + len(said)) / (1 + np.bincount(counts.indices, minlength=len(terms)))) + 1
    matrix = _unit_rows(counts, idf)
    matrix = matrix[np.diff(matrix.indptr) > 0]
    weight, stability = _most_stable(matrix, seed)
    if len(weight) < 2:
        reason = f"no topics: the halves of {len(said)} comments do not speak of the same things"
        return LearnedTopics(None, reason, len(said))
    topics = Topics(_names(weight, terms, earlier), tuple(terms), idf, weight)
    return LearnedTopics(topics, "", len(said), float(np.min(stability)))


def assign_topics(topics: Topics, texts: Sequence[str]) -> list[str | None]:
    """Name the topic each comment is closest to (cosine); None where it is close to none.

    A comment's topic does not depend on the other comments that are asked about.
    """
    matrix = _unit_rows(_counts(terms_of(texts), topics.terms), topics.idf)
    likeness = np.asarray(matrix @ topics.weight.T).reshape(len(texts), len(topics.names))
    best = likeness.argmax(axis=1)
    told = likeness[np.arange(best.size), best] >= ABOUT
    return [topics.names[k] if some else None for k, some in zip(best, told, strict=True)]


def _counts(said: Sequence[Sequence[str]], terms: Sequence[str]) -> sparse.csr_matrix:
    column = {term: k for k, term in enumerate(terms)}
    found = [[column[term] for term in text if term in column] for text in said]
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in found])]).astype(np.int64)
    flat = np.array([k for row in found for k in row], dtype=np.int64)
    counts = sparse.csr_matrix((np.ones(flat.size), flat, indptr), (len(said), len(terms)))
    counts.sum_duplicates()
    return counts


def _unit_rows(counts: sparse.csr_matrix, idf: Floats) -> sparse.csr_matrix:
    matrix = counts.copy()
    matrix.data = (1 + np.log(matrix.data)) * idf[matrix.indices]
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    matrix.data /= np.repeat(length, np.diff(matrix.indptr))
    return matrix


def _factors(matrix: sparse.csr_matrix, count: int, seed: int) -> Floats:
    model = NMF(count, init="nndsvda", random_state=seed, tol=1e-3, max_iter=300)
    with warnings.catch_warnings():
        # The last digits of a factor change no name; stability is measured, not assumed.
        warnings.simplefilter("ignore", ConvergenceWarning)
        weight = model.fit(matrix).components_
    length = np.linalg.norm(weight, axis=1, keepdims=True)
    return np.asarray(weight / np.where(length > 0, length, 1), dtype=np.float64)


def _most_stable(matrix: sparse.csr_matrix, seed: int) -> tuple[Floats, Floats]:
    best = np.empty((0, matrix.shape[1])), np.empty(0)
    for count in COUNTS:
        found = _stable(matrix, count, seed)
        if len(found[0]) >= ENOUGH * count:
            return found
        best = max(best, found, key=lambda each: len(each[0]))
    return best


def _stable(matrix: sparse.csr_matrix, count: int, seed: int) -> tuple[Floats, Floats]:
    """Return the topics that both halves give too, and how alike they are there."""
    order = np.random.default_rng(seed).permutation(matrix.shape[0])
    halves = [matrix[np.sort(half)] for half in np.array_split(order, 2)]
    if min(halves[0].shape[0], halves[1].shape[0], matrix.shape[1]) < count:
        return np.empty((0, matrix.shape[1])), np.empty(0)
    whole = _factors(matrix, count, seed)
    likeness = np.min([_fellows(whole, _factors(half, count, seed)) for half in halves], axis=0)
    kept = likeness >= STABLE
    return whole[kept], likeness[kept]


def _fellows(topics: Floats, others: Floats) -> Floats:
    likeness = topics @ others.T
    return np.asarray(likeness[linear_sum_assignment(-likeness)])


def _by_telling(weight: Floats) -> NDArray[np.int64]:
    """Order the terms of each topic by weight, times the share of the term that is its own."""
    own = weight / np.maximum(weight.sum(axis=0), 1e-12)
    return np.argsort(-weight * own, axis=1, kind="stable")


def _names(weight: Floats, terms: Sequence[str], earlier: Topics | None) -> tuple[str, ...]:
    names = _continued(weight, terms, earlier) if earlier else {}
    for topic, row in enumerate(_by_telling(weight)):
        length = NAME_TERMS
        while topic not in names or list(names.values()).count(names[topic]) > 1:
            names[topic] = ", ".join(terms[k] for k in row[:length])
            length += 1
    return tuple(names[topic] for topic in range(len(weight)))


def _continued(weight: Floats, terms: Sequence[str], earlier: Topics) -> dict[int, str]:
    column = {term: k for k, term in enumerate(terms)}
    moved = np.zeros((len(earlier.names), len(terms)))
    shared = [k for k, term in enumerate(earlier.terms) if term in column]
    moved[:, [column[earlier.terms[k]] for k in shared]] = earlier.weight[:, shared]
    likeness = weight @ moved.T
    pairs = zip(*linear_sum_assignment(-likeness), strict=True)
    return {int(new): earlier.names[old] for new, old in pairs if likeness[new, old] >= KEPT}
