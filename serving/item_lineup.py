"""What a slate of items was cut from, as a record keeps it, and as a lineup again."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decisioning.item_cut import Candidate, Lineup
from decisioning.reasons import CODE, PASSED, REASONS

Candidates = Sequence[Sequence[Any]]


def lineup_record(lineup: Lineup, item_ids: NDArray[np.str_]) -> dict[str, list[list[Any]]]:
    """Return a lineup as JSON holds it: one list a candidate, shorter where nothing is to say.

    ``[item_id, score]`` passed every gate, was never bought and is put forward by popularity;
    a third place is the reason code of a refusal, or null; then come ``orders``, ``last_days``,
    ``similar`` and the reason code of a place.
    """
    return {
        "ranked": [_row(c, item_ids) for c in lineup.ranked],
        "popular": [_row(c, item_ids) for c in lineup.popular],
    }


def lineup_of(record: Mapping[str, Candidates]) -> tuple[Lineup, tuple[str, ...]]:
    """Return the recorded lineup, and the item_id of each position that it uses.

    Raises
    ------
    KeyError, TypeError, IndexError
        If something else wrote the record.
    """
    ids = tuple(dict.fromkeys(str(row[0]) for part in record.values() for row in part))
    position = {item: k for k, item in enumerate(ids)}
    ranked, popular = (
        tuple(_candidate(row, position) for row in record[part]) for part in ("ranked", "popular")
    )
    return Lineup(ranked, popular), ids


def _row(candidate: Candidate, item_ids: NDArray[np.str_]) -> list[Any]:
    verdict = None if candidate.verdict == PASSED else REASONS[candidate.verdict].code
    row: list[Any] = [
        str(item_ids[candidate.item]),
        candidate.score,
        verdict,
        candidate.orders,
        candidate.last_days,
        int(candidate.similar),
        candidate.place or None,
    ]
    # Not 0.0: bought within the last day is something to say.
    while len(row) > 2 and (row[-1] is None or (isinstance(row[-1], int) and row[-1] == 0)):
        row.pop()
    return row


def _candidate(row: Sequence[Any], position: Mapping[str, int]) -> Candidate:
    item_id, score, *rest = row
    verdict, orders, last_days, similar, place = (*rest, *[None] * 5)[:5]
    return Candidate(
        item=position[item_id],
        score=score,
        verdict=PASSED if verdict is None else CODE[verdict],
        orders=orders or 0,
        last_days=last_days,
        similar=bool(similar),
        place=place or "",
    )
