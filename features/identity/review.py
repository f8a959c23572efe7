"""From matches to rows of ``identifiers``, with a person's word for the pairs in between."""

import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from features.errors import SourceError
from features.identity.matching import Matches, Pair
from features.identity.records import CRM, LOYALTY
from features.storage import write_atomically

_ANSWER = "same_person"
_YES, _NO = ("yes", "y", "1", "true"), ("no", "n", "0", "false")


def link_row(crm_id: str, loyalty_card: str, probability: float | None) -> dict[str, object]:
    """Return the likely link of a CRM record and a card as values of ``identifiers``."""
    return _row(crm_id, loyalty_card) | {"match": "fuzzy", "confidence": probability}


def _row(crm_id: str, loyalty_card: str) -> dict[str, object]:
    return {
        "identifier_type": CRM,
        "value": crm_id,
        "linked_type": LOYALTY,
        "linked_value": loyalty_card,
    }


def without_decided(matches: Matches, decided: frozenset[tuple[str, str]]) -> Matches:
    """Leave out the pairs that were decided before: a rerun neither repeats nor overrules them."""
    return Matches(*(
        tuple(p for p in pairs if (p.crm_id, p.loyalty_card) not in decided)
        for pairs in (matches.accepted, matches.review)
    ))  # fmt: skip


def decided_pairs(folder: Path) -> frozenset[tuple[str, str]]:
    """Return the (crm_id, loyalty_card) that the files of decided links say something about."""
    found: set[tuple[str, str]] = set()
    for path in sorted(folder.glob("*.parquet")):
        for row in pq.read_table(path).to_pylist():
            if row["identifier_type"] == CRM and row["linked_type"] == LOYALTY:
                found.add((row["value"], row["linked_value"]))
    return frozenset(found)


def write_review(pairs: Sequence[Pair], path: Path) -> None:
    """Write pairs for a person to decide: both records side by side, why, and an empty answer.

    The file holds clear names: only its owner may read it.
    """
    fields = list(pairs[0].crm) if pairs else []
    header = [CRM, LOYALTY, "probability"]
    header += [f"{field}_{side}" for field in fields for side in ("crm", "loyalty", "agreement")]

    def write(temporary: Path) -> None:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*header, _ANSWER])
            writer.writerows([*_cells(pair, fields), ""] for pair in pairs)

    write_atomically(path, write)


def _cells(pair: Pair, fields: Iterable[str]) -> list[object]:
    cells: list[object] = [pair.crm_id, pair.loyalty_card, f"{pair.probability:.6f}"]
    for field in fields:
        cells += [pair.crm[field], pair.loyalty[field], pair.agreement[field]]
    return cells


def read_review(path: Path) -> list[dict[str, object]]:
    """Read a reviewed file: a likely link for each yes, a parting for each no.

    Raises
    ------
    SourceError
        If the file is not a review, or an answer is neither yes, no nor empty; the message names
        the line.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(
            f"File {path} cannot be read ({error}).", "give a review file."
        ) from error
    rows = [_answered(path, number, line) for number, line in enumerate(lines, start=2)]
    return [row for row in rows if row is not None]


def _answered(path: Path, number: int, line: dict[str, str]) -> dict[str, object] | None:
    missing = {CRM, LOYALTY, "probability", _ANSWER} - set(line)
    if missing:
        raise SourceError(
            f"File {path} has no column {sorted(missing)[0]}.",
            "give the file that nextbest identity match wrote, with its columns.",
        )
    answer = (line[_ANSWER] or "").strip().lower()
    if not answer:
        return None
    if answer in _NO:
        return _row(line[CRM], line[LOYALTY]) | {"relation": "different"}
    if answer not in _YES:
        raise SourceError(
            f"File {path}, line {number}: {_ANSWER} is {answer!r}.", "write yes, no, or nothing."
        )
    return link_row(line[CRM], line[LOYALTY], float(line["probability"]))
