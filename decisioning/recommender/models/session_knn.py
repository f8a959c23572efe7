"""Sessions like this one: nearest neighbours among past sessions, by an index of recent ones.

One index and one search, of which the known methods are settings of the weights:

- S-KNN (Jannach & Ludewig 2017): cosine of the sets of items;
- VS-KNN (Ludewig & Jannach 2018): what is recent in the session counts more;
- STAN (Garg et al. 2019): recent neighbours, and items near the one shared, count more;
- VMIS-kNN (Kersbergen et al. 2022, "Serenade"): the index, which gives VS-KNN's answer by
  touching nothing but the most recent sessions of the items at hand.

With s the session, n a past one, both sets of items::

    similarity(s, n) = session_weight[n] * sum over i in s and n of position_weight(i) * rarity[i]
    score(j) = item_weight[j] * sum over the k most similar n of
        similarity(s, n) * match_weight(i*) * step_weight(place of j in n - place of i* in n)

where i* is the most recent item of s that n shares. Neighbours come from the ``sample`` most
recent sessions that share any item; ties go to the more recent.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.runs import run_sizes, run_starts
from decisioning.recommender.models.transitions import strongest
from decisioning.recommender.scorer import Because

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]


@dataclass(frozen=True)
class Shared:
    """What a session shares with its neighbours.

    Parameters
    ----------
    item
        int64 (shared,): one element per shared (neighbour, item), sorted by neighbour.
    neighbour
        int64 (shared,): position among the neighbours.
    part
        float64 (shared,): what the item adds to the neighbour's similarity.
    session, similarity
        int64, float64 (neighbours,): number of the past session, the oldest first.
    anchor
        int64 (neighbours,): the index's element of the most recent item it shares.
    match
        float64 (neighbours,): the match weight of that item.
    """

    item: I64
    neighbour: I64
    part: F64
    session: I64
    similarity: F64
    anchor: I64
    match: F64


@dataclass(frozen=True)
class SessionKnn:
    """An index of past sessions, the higher number the more recent.

    Parameters
    ----------
    session_pointer, session_item
        int64 (n_sessions + 1,), int32 (elements,): the distinct items of each session, in the
        order of their last click.
    posting_pointer, posting
        int64 (n_items + 1,), int32: for each item, the elements that hold it, of its ``sample``
        most recent sessions, most recent first.
    element_session
        int32 (elements,): the session of each element.
    session_weight, rarity, item_weight
        float32 (n_sessions,), (n_items,), (n_items,), above 0.
    position_weight, match_weight
        float32 (depth, depth): row, the number of distinct items at hand less one; column, how
        many of them are more recent.
    step_weight
        float32 (2 * reach + 1,): by the place in the neighbour after (up) or before (down) the
        shared item, clipped to reach; the middle is the shared item itself.
    sample, neighbours
        How many recent sessions are looked at, and how many of them speak.
    """

    session_pointer: I64
    session_item: I32
    posting_pointer: I64
    posting: I32
    element_session: I32
    session_weight: F32
    rarity: F32
    item_weight: F32
    position_weight: F32
    match_weight: F32
    step_weight: F32
    sample: int
    neighbours: int

    @property
    def n_items(self) -> int:
        """Number of items it can score."""
        return int(self.posting_pointer.size - 1)

    def score(self, histories: Histories) -> F32:
        """Score every item: float32 (m, n_items), 0 for what no neighbour holds."""
        return np.asarray(self.sparse_scores(histories).toarray(), dtype=np.float32)

    def sparse_scores(self, histories: Histories) -> sparse.csr_matrix:
        """Score the items of each one's neighbours: CSR float32 (m, n_items), sorted."""
        found = [self._score_one(histories, row) for row in range(histories.n_subjects)]
        pointer = np.r_[0, np.cumsum([item.size for item, _ in found])].astype(np.int64)
        items = [np.empty(0, dtype=np.int64), *(item for item, _ in found)]
        scores = [np.empty(0), *(score for _, score in found)]
        return sparse.csr_matrix(
            (np.concatenate(scores).astype(np.float32), np.concatenate(items), pointer),
            shape=(histories.n_subjects, self.n_items),
        )

    def explain(self, histories: Histories, items: I64) -> Because:
        """Name the item of each session that brought the most of its given item's score."""
        rows, names, parts = [], [], []
        for row, wanted in enumerate(items.tolist()):
            shared = self._nearest(self._recent(histories, row))
            item, neighbour, vote = self._votes(shared)
            votes = np.bincount(neighbour, vote * (item == wanted), shared.session.size)
            named, where = np.unique(shared.item, return_inverse=True)
            rows.append(np.full(named.size, row))
            names.append(named)
            parts.append(np.bincount(where, votes[shared.neighbour] * shared.part, named.size))
        none = np.empty(0, dtype=np.int64)
        row_of, name_of = np.concatenate([none, *rows]), np.concatenate([none, *names])
        return strongest(row_of, name_of, np.concatenate([np.empty(0), *parts]), items.size)

    def _score_one(self, histories: Histories, row: int) -> tuple[I64, F64]:
        shared = self._nearest(self._recent(histories, row))
        items, neighbour, vote = self._votes(shared)
        item, where = np.unique(items, return_inverse=True)
        total = np.bincount(where, vote * shared.similarity[neighbour], item.size)
        return item, np.asarray(total * self.item_weight[item], dtype=np.float64)

    def _recent(self, histories: Histories, row: int) -> I64:
        """Return the distinct items of a session, the most recent first, ``depth`` at most."""
        clicks = histories.item[histories.pointer[row] : histories.pointer[row + 1]][::-1]
        first = np.sort(np.unique(clicks, return_index=True)[1])
        return np.asarray(clicks[first[: self.position_weight.shape[0]]])

    def _nearest(self, recent: I64) -> Shared:
        """Find the neighbours of a session of distinct items, the most recent first."""
        position, step = gathered(self.posting_pointer[recent], self.posting_pointer[recent + 1])
        element = self.posting[position].astype(np.int64)
        session = self.element_session[element].astype(np.int64)
        order = np.argsort(session, kind="stable")  # within a session, the most recent item first
        starts = run_starts(session[order])[-self.sample :]
        if starts.size:
            order = order[starts[0] :]
        session, step, element = session[order], step[order], element[order]
        first = run_starts(session)
        of_session = np.repeat(np.arange(first.size), run_sizes(first, session.size))
        weights = self.position_weight[recent.size - 1, : recent.size] * self.rarity[recent]
        part = weights[step].astype(np.float64) * self.session_weight[session]
        similarity = np.bincount(of_session, part, first.size).astype(np.float64)
        # As float32: what is equal but for the order of a sum is a tie.
        order = np.lexsort((-session[first], -similarity.astype(np.float32)))
        kept = np.sort(order[: self.neighbours])
        place = np.full(first.size, -1, dtype=np.int64)
        place[kept] = np.arange(kept.size)
        mine = place[of_session] >= 0
        return Shared(
            item=recent[step[mine]],
            neighbour=place[of_session[mine]],
            part=part[mine],
            session=session[first[kept]],
            similarity=similarity[kept],
            anchor=element[first[kept]],
            match=self.match_weight[recent.size - 1, step[first[kept]]].astype(np.float64),
        )

    def _votes(self, shared: Shared) -> tuple[I64, I64, F64]:
        """Return every item of the neighbours, whose it is, and what it is worth there."""
        pointer = self.session_pointer
        element, neighbour = gathered(pointer[shared.session], pointer[shared.session + 1])
        reach = self.step_weight.size // 2
        place = np.clip(element - shared.anchor[neighbour], -reach, reach) + reach
        vote = self.step_weight[place] * shared.match[neighbour]
        return self.session_item[element].astype(np.int64), neighbour, vote


def gathered(start: I64, end: I64) -> tuple[I64, I64]:
    """Return the positions of several slices in a row, and which slice each belongs to."""
    length = end - start
    which = np.repeat(np.arange(start.size), length)
    return np.arange(which.size) + (start - np.cumsum(length) + length)[which], which
