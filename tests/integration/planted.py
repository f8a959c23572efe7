"""A home in which one customer left something everywhere, and a search that reads everything."""

import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from features.sources.base import Portion
from tests.integration.village import NOW

PERSON, OTHER = "c017", "c018"
MARK = "zq-"
"""In every planted value: what must be found nowhere in the end."""
COOKIE, MAIL, ACCOUNT = f"{MARK}cookie", f"{MARK}mail", f"{MARK}account"
THEN = NOW - 40 * 86_400


def planted_tables() -> dict[str, pd.DataFrame]:
    """A row of the person in every table about persons, known by each kind of name."""
    own = {"customer_id": [PERSON]}
    return {
        "customers": pd.DataFrame(own | {"postal_code": [f"{MARK}postal"]}),
        "identifiers": pd.DataFrame(
            {
                "identifier_type": ["cookie", "email_sha256", "social", "device"],
                "value": [COOKIE, MAIL, ACCOUNT, f"{MARK}device"],
                "customer_id": [PERSON, PERSON, PERSON, None],
                "linked_type": [None, None, None, "email_sha256"],
                "linked_value": [None, None, None, MAIL],
                "observed_at": THEN,
            }
        ),
        "transactions": pd.DataFrame(
            own
            | {"order_id": [f"{MARK}order"], "line_no": [1], "item_id": ["i001"]}
            | {"purchased_at": [THEN], "quantity": [1], "amount": [100], "discount": [0]}
            | {"channel": ["shop"], "location_id": ["s1"]}
        ),
        "events": pd.DataFrame(
            {"event_id": [f"{MARK}event"], "visitor_id": [COOKIE], "session_id": [f"{MARK}visit"]}
            | {"occurred_at": [THEN], "event_type": ["search"], "query": [f"{MARK}query"]}
        ),
        "consents": pd.DataFrame(
            own
            | {"purpose": ["marketing"], "channel": ["post"], "status": ["granted"]}
            | {"recorded_at": [THEN]}
        ),
        "feedback": pd.DataFrame(
            own
            | {"feedback_id": [f"{MARK}answer"], "metric": ["nps"], "score": [9]}
            | {"comment": [f"{MARK}comment"], "answered_at": [THEN]}
        ),
        "feedback_requests": pd.DataFrame(
            own | {"request_id": [f"{MARK}asked"], "metric": ["nps"], "asked_at": [THEN]}
        ),
        "service_contacts": pd.DataFrame(
            own | {"contact_id": [f"{MARK}call"], "opened_at": [THEN]}
        ),
        "social_mentions": pd.DataFrame(
            {"mention_id": [f"{MARK}post"], "identifier": [ACCOUNT], "posted_at": [THEN]}
        ),
        "third_party": pd.DataFrame(
            own
            | {"attribute": ["hobby"], "value": [f"{MARK}hobby"], "provider": ["p"]}
            | {"obtained_at": [THEN]}
        ),
        "exposures": pd.DataFrame(
            own
            | {"decision_id": [f"{MARK}shown"], "action_id": ["campaign_type_a"]}
            | {"channel": ["post"], "exposed_at": [THEN], "arm": ["policy"]}
        ),
        "outcomes": pd.DataFrame(
            {"outcome_id": [f"{MARK}answered"], "decision_id": [f"{MARK}shown"]}
            | {"customer_id": [None], "action_id": ["campaign_type_a"], "outcome": ["accepted"]}
            | {"occurred_at": [THEN + 9]}
        ),
    }


class Planted:
    """A ``Source`` of these rows."""

    name = "planted"

    def portions(self) -> Sequence[Portion]:
        return (Portion("planted", lambda: "1", self.load),)

    def load(self, con: DuckDBPyConnection) -> None:
        for table, rows in planted_tables().items():
            con.register("rows", rows.astype(object).where(rows.notna(), None))
            con.execute(f"create or replace table raw.{table} as select * from rows")
            con.unregister("rows")


def plant_files(home: Path) -> None:
    """Lay files that other commands write, each with a row of the person and one of another."""
    ids = [PERSON, OTHER]
    files = {
        "segments/customers.parquet": pd.DataFrame(
            {"customer_id": ids, "segment": [f"{MARK}loyal", "loyal"]}
        ),
        "experience/customers.parquet": pd.DataFrame(
            {"customer_id": ids, "as_of": NOW, "promoter": [0.4, 0.5], "passive": 0.3}
            | {"detractor": 0.2, "source": "inferred", "hard_effort": 0.1}
            | {"effort_source": "inferred"}
        ),
        "identity/history.parquet": pd.DataFrame(
            {"identifier_type": "cookie", "value": [COOKIE, "k"], "customer_id": ids}
        ),
        "identity/links/1.parquet": pd.DataFrame(
            {"identifier_type": "email_sha256", "value": [MAIL, "m"], "customer_id": [None, OTHER]}
        ),
        "quarantine/feedback/run=000001.parquet": pd.DataFrame(
            {"portion": "p", "table": "feedback", "row": [1, 2], "column": "comment"}
            | {"value": [f"{PERSON} wrote {MARK}words", OTHER], "reason": "r", "remedy": "m"}
        ),
    }
    for name, rows in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        rows.to_parquet(home / name)
    (home / "identity/review-1.csv").write_text(f"crm_id,x\n{PERSON},{MARK}name\n{OTHER},y\n")
    (home / "seen.jsonl").write_text(f'{{"subject": "{PERSON}", "x": "{MARK}line"}}\n{{"y": 1}}\n')


_NAME = re.compile(rf"(?<![0-9A-Za-z]){PERSON}(?![0-9A-Za-z])|{MARK}")
_PACKED = b"\x78\x01"
"""How the packed body of a decision begins."""


def holding(home: Path) -> list[str]:
    """Name the files that hold the person or anything planted, in the open or packed."""
    files = (path for path in home.rglob("*") if path.is_file())
    found = (path for path in files if any(map(_NAME.search, _texts(path, path.read_bytes()))))
    return sorted(path.relative_to(home).as_posix() for path in found)


def _texts(path: Path, raw: bytes) -> Iterator[str]:
    if path.suffix == ".parquet":
        rows = duckdb.execute("select t::varchar from read_parquet(?) t", [str(path)]).fetchall()
        yield from (str(row[0]) for row in rows)
        return
    if MARK.encode() in raw or PERSON.encode() in raw:  # the pattern is slow on megabytes
        yield raw.decode("latin-1")
    if path.suffix == ".npz":
        with np.load(path) as held:
            yield from (str(held[n].tolist()) for n in held.files if held[n].dtype.kind == "U")
    if raw.startswith(b"SQLite format 3") or path.name.endswith("-wal"):
        # Whatever lies in the pages, in use or not.
        yield from (_unpacked(raw[found.start() :]) for found in re.finditer(_PACKED, raw))


def _unpacked(raw: bytes) -> str:
    """Unpack as far as it goes: a long body goes on in a page elsewhere."""
    packed, text = zlib.decompressobj(), b""
    for start in range(0, min(len(raw), 100_000), 64):
        try:
            text += packed.decompress(raw[start : start + 64])
        except zlib.error:
            break
    return text.decode("utf-8", errors="replace")
