"""How much is computed at once: groups of buckets, fewer moments where a bucket is too much."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from features.buckets import ALL
from features.engine.plan import Plan
from features.storage import GONE, TableFile

# What a stored row takes in the query for each moment, with every column asked for; and how much
# of the memory that may be, besides the process itself.
_ROW_BYTES = 85
_SHARE = 0.7


@dataclass(frozen=True)
class Piece:
    """Buckets taken together, and the moments taken together within them.

    Parameters
    ----------
    buckets
        Their numbers.
    chunks
        (first, moments): moments of one query, ascending within and between the chunks, and the
        first of the uniform moments that they are among.
    """

    buckets: tuple[int, ...]
    chunks: tuple[tuple[int, tuple[int, ...]], ...]


def cut(plan: Plan, buckets: Sequence[int], uniform: Sequence[Sequence[int]]) -> list[Piece]:
    """Cut the work so that each query fits the memory.

    Parameters
    ----------
    buckets
        Those that are still to do.
    uniform
        Moments that may share a query, ascending: at which the same customers are one person.
    """
    rows = rows_by_bucket(plan.files, plan.buckets)
    room = rows_that_fit(plan.memory_limit)
    longest = max(len(moments) for moments in uniform)
    pieces: list[Piece] = []
    group: list[int] = []
    for bucket in buckets:
        if group and sum(rows[each] for each in [*group, bucket]) * longest > room:
            pieces.append(_piece(group, rows, room, uniform))
            group = []
        group.append(bucket)
    return [*pieces, _piece(group, rows, room, uniform)] if group else pieces


def _piece(
    group: Sequence[int], rows: Mapping[int, int], room: int, uniform: Sequence[Sequence[int]]
) -> Piece:
    step = max(1, room // max(1, sum(rows[each] for each in group)))
    chunks = tuple(
        (moments[0], tuple(moments[start : start + step]))
        for moments in uniform
        for start in range(0, len(moments), step)
    )
    return Piece(tuple(group), chunks)


def rows_that_fit(memory_limit: int) -> int:
    """Return how many stored rows, times moments, one query may be over."""
    return int(memory_limit * _SHARE / _ROW_BYTES)


def rows_by_bucket(files: Mapping[str, Sequence[TableFile]], buckets: int) -> dict[int, int]:
    """Count the stored rows of each bucket, over all tables that have buckets."""
    rows = dict.fromkeys(range(buckets), 0)
    for listed in files.values():
        for file in listed:
            if file.bucket != ALL and file.kind != GONE:
                rows[int(file.bucket)] += file.rows
    return rows
