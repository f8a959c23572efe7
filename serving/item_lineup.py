"""What a slate of items was cut from, as a record keeps it, and as a lineup again."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decisioning.item_cut import Balance, Candidate, Lineup, Trial
from decisioning.reasons import CODE, PASSED, REASONS
from decisioning.recommender.diversity import Diversity

Row = Sequence[Any]
Json = Any


def lineup_record(lineup: Lineup, item_ids: NDArray[np.str_]) -> dict[str, Json]:
    """Return a lineup as JSON holds it: one list a candidate, shorter where nothing is to say.

    ``[item_id, score]`` passed every gate, was never bought and is put forward by popularity;
    a third place is the reason code of a refusal, or null; then come ``orders``, ``last_days``,
    ``similar`` and the reason code of a place. ``balance`` and ``trial`` are there only where the
    policy asks for them.
    """
    record: dict[str, Json] = {
        "ranked": [_row(c, item_ids) for c in lineup.ranked],
        "popular": [_row(c, item_ids) for c in lineup.popular],
    }
    if lineup.balance is not None:
        record["balance"] = asdict(lineup.balance)
    if lineup.trial is not None:
        pool = [_row(c, item_ids) for c in lineup.trial.pool]
        record["trial"] = {"share": lineup.trial.share, "draw": lineup.trial.draw, "pool": pool}
    return record


def lineup_of(record: Mapping[str, Json]) -> tuple[Lineup, tuple[str, ...]]:
    """Return the recorded lineup, and the item_id of each position that it uses.

    Raises
    ------
    KeyError, TypeError, IndexError
        If something else wrote the record.
    """
    trial, balance = record.get("trial"), record.get("balance")
    parts: list[Sequence[Row]] = [record["ranked"], record["popular"]]
    parts.append(trial["pool"] if trial else [])
    ids = tuple(dict.fromkeys(str(row[0]) for part in parts for row in part))
    position = {item: k for k, item in enumerate(ids)}
    ranked, popular, pool = (tuple(_candidate(row, position) for row in part) for part in parts)
    lineup = Lineup(
        ranked,
        popular,
        _balance(balance) if balance else None,
        Trial(trial["share"], trial["draw"], pool) if trial else None,
    )
    return lineup, ids


def _balance(record: Mapping[str, Json]) -> Balance:
    return Balance(
        Diversity(**record["rules"]),
        tuple(record["category"]),
        tuple(record["ignored"]),
        tuple(record["target"]),
    )


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


def _candidate(row: Row, position: Mapping[str, int]) -> Candidate:
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
