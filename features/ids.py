"""External ids and dense indices: the one border at which ids change type."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


class IdMap:
    """External ids in a fixed order; an index is a position in it.

    Parameters
    ----------
    ids
        Distinct ids, in the order of their indices.

    Raises
    ------
    ValueError
        If an id comes twice; the message names it.
    """

    def __init__(self, ids: Iterable[str]) -> None:
        self._ids = np.array([str(each) for each in ids], dtype=object)
        self._ids.flags.writeable = False
        self._index = {each: index for index, each in enumerate(self._ids)}
        if len(self._index) != len(self._ids):
            twice = next(each for k, each in enumerate(self._ids) if self._index[each] != k)
            raise ValueError(f"id {twice!r} comes twice: indices would not be contiguous")

    @classmethod
    def from_ids(cls, ids: Iterable[str]) -> "IdMap":
        """Map the distinct ids in sorted order, so that the order of arrival does not matter."""
        return cls(sorted({str(each) for each in ids}))

    @classmethod
    def from_indices(cls, index_of: dict[str, int]) -> "IdMap":
        """Map ids whose indices are given.

        Raises
        ------
        ValueError
            If the indices are not exactly 0 .. n-1.
        """
        ordered = sorted(index_of, key=index_of.__getitem__)
        if [index_of[each] for each in ordered] != list(range(len(ordered))):
            raise ValueError(f"indices must be exactly 0..{len(ordered) - 1}, without gaps")
        return cls(ordered)

    @property
    def ids(self) -> NDArray[np.object_]:
        """External ids, str, shape (n,), read-only: position is index."""
        return self._ids

    def index_of(self, ids: Iterable[str]) -> NDArray[np.int64]:
        """Look up indices, shape (len(ids),); -1 for an unknown id."""
        return np.array([self._index.get(str(each), -1) for each in ids], dtype=np.int64)

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, each: object) -> bool:
        return each in self._index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IdMap) and self._index == other._index

    def __hash__(self) -> int:
        return hash(tuple(self._ids))
