"""Taking a person out of files made from the tables: whatever names persons in a known column."""

import csv
import io
import json
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.derived import COMMENT_SCORES
from features.erasure.names import Names
from features.standing import quoted
from features.storage import write_atomically
from features.tables import comment_scores_path, open_tables

PERSON_COLUMNS = frozenset(
    {"customer_id", "customers", "person_id", "part_id", "visitor_id", "subject"}
)
"""Columns that name a person in whatever file has them; a test holds the code to it."""
IDENTITY_COLUMNS = PERSON_COLUMNS | {"value", "linked_value", "crm_id", "loyalty_card"}
"""Columns that name a person in files of ``identity/``."""


def rows_in_files(
    home: Path, names: Names, spared: Collection[Path]
) -> dict[str, list[dict[str, object]]]:
    """Return a person's rows of every Parquet file under a folder, by its path in the folder."""
    found = {}
    for path, known, columns in _named_files(home, names, spared):
        if path.suffix == ".parquet":
            rows = _their_rows(path, known, columns)
            if rows:
                found[path.relative_to(home).as_posix()] = rows
    return found


def erase_from_files(home: Path, names: Names, spared: Collection[Path]) -> dict[str, int]:
    """Remove a person's rows from every Parquet, CSV and JSON Lines file under a folder.

    Parameters
    ----------
    spared
        Folders that others look after: the tables, the quarantine.

    Returns
    -------
    Rows removed, by the file's path in the folder.
    """
    gone = {}
    for path, known, columns in _named_files(home, names, spared):
        found = _KINDS[path.suffix](path, known, columns)
        if found:
            gone[path.relative_to(home).as_posix()] = found
    return gone


def _named_files(
    home: Path, names: Names, spared: Collection[Path]
) -> Iterator[tuple[Path, frozenset[str], frozenset[str]]]:
    """Yield each file that may name persons, the names to look for, and the columns they are in."""
    for path in sorted(home.rglob("*")):
        others = any(path.is_relative_to(each) for each in spared)
        if path.suffix not in _KINDS or others or not path.is_file():
            continue
        if path.is_relative_to(home / "identity"):
            values = frozenset(value for _, value in names.identifiers)
            yield path, names.customers | values, IDENTITY_COLUMNS
        else:
            yield path, names.customers | names.visitors, PERSON_COLUMNS


def erase_comment_scores(tables_dir: Path) -> int:
    """Remove the scores of comments that the tables hold no longer; return how many."""
    path = comment_scores_path(tables_dir)
    if not path.is_file():
        return 0
    con = open_tables(tables_dir, verify=False)
    (before,) = con.execute(f"select count(*) from {COMMENT_SCORES}").fetchall()[0]
    left = f"select s.* from {COMMENT_SCORES} s semi join ({_COMMENTS}) using (table_name, row_id)"
    (after,) = con.execute(f"select count(*) from ({left})").fetchall()[0]
    if after < before:

        def write(new: Path) -> None:
            con.execute(f"copy ({left}) to {quoted(str(new))} (format parquet, compression zstd)")

        write_atomically(path, write)
    con.close()
    return int(before) - int(after)


_COMMENTS = """
select 'feedback' as table_name, feedback_id as row_id from feedback
union all select 'service_contacts', contact_id from service_contacts
union all select 'social_mentions', mention_id from social_mentions
"""


def _erase_parquet(path: Path, known: Collection[str], columns: Collection[str]) -> int:
    theirs = _theirs(path, known, columns)
    found = int(np.sum(theirs))
    if found:
        whole = pq.read_table(path, partitioning=None).filter(pa.array(~theirs))
        write_atomically(path, lambda new: pq.write_table(whole, new, compression="zstd"))
    return found


def _their_rows(
    path: Path, known: Collection[str], columns: Collection[str]
) -> list[dict[str, object]]:
    theirs = _theirs(path, known, columns)
    if not theirs.any():
        return []
    rows: list[dict[str, object]] = (
        pq.read_table(path, partitioning=None).filter(pa.array(theirs)).to_pylist()
    )
    return rows


def _theirs(path: Path, known: Collection[str], columns: Collection[str]) -> NDArray[np.bool_]:
    """Tell which rows name the person; only the columns that name persons are read."""
    held = [name for name in pq.read_schema(path).names if name in columns]
    if not held:
        return np.zeros(0, dtype=np.bool_)
    table = pq.read_table(path, columns=held, partitioning=None)
    mine = pa.array(sorted(known), pa.string())
    found = np.zeros(table.num_rows, dtype=np.bool_)
    for name in held:
        texts = table[name].cast(pa.string())
        found |= np.asarray(pc.is_in(texts, value_set=mine).to_numpy(), dtype=np.bool_)
    return found


def _erase_csv(path: Path, known: Collection[str], columns: Collection[str]) -> int:
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle))
    at = [k for k, name in enumerate(rows[0]) if name in columns] if rows else []
    kept = [row for row in rows if not any(k < len(row) and row[k] in known for k in at)]
    if len(kept) < len(rows):
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(kept)

        def write(new: Path) -> None:
            new.write_text(text.getvalue(), encoding="utf-8", newline="")

        write_atomically(path, write)
    return len(rows) - len(kept)


def _erase_lines(path: Path, known: Collection[str], columns: Collection[str]) -> int:
    """Blank lines out in place: another process may be adding to the file at this moment."""
    gone = 0
    with path.open("r+b") as handle:
        for start, line in _lines(handle.read()):
            if _mentions(_parsed(line), known, columns):
                handle.seek(start)
                handle.write(b" " * len(line))
                gone += 1
    return gone


def _lines(text: bytes) -> Iterator[tuple[int, bytes]]:
    start = 0
    for line in text.splitlines(keepends=True):
        yield start, line.rstrip(b"\r\n")
        start += len(line)


def _parsed(line: bytes) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _mentions(told: object, known: Collection[str], columns: Collection[str]) -> bool:
    if isinstance(told, dict):
        return any(
            (name in columns and str(value) in known) or _mentions(value, known, columns)
            for name, value in told.items()
        )
    return isinstance(told, list) and any(_mentions(each, known, columns) for each in told)


_KINDS: dict[str, Callable[[Path, Collection[str], Collection[str]], int]] = {
    ".parquet": _erase_parquet,
    ".csv": _erase_csv,
    ".jsonl": _erase_lines,
}
