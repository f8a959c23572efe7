"""Scores of comments on disk, beside the tables: written whole, and only when something changed."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from features.columns import ANALYTICS
from features.storage import sha256_of, write_atomically
from features.tables import comment_scores_path, data_hashes, open_tables
from training.consents import Statement, bind_current_consents
from training.experience.scoring import Progress, Reader, ScoredComments, score_comments
from training.experience.sentiment import save_sentiment
from training.experience.topics import Topics

METHOD = 1
"""Counts up when the same tables would be scored otherwise."""
MODEL, REPORT = "sentiment.npz", "comments.json"

_READ = (
    "feedback", "service_contacts", "social_mentions", "consents", "identifiers", "customers",
    "transactions",
)  # fmt: skip


def update_comment_scores(
    tables_dir: Path,
    statements: Sequence[Statement],
    now: int,
    *,
    honour_consents: bool = True,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Bring ``comment_scores`` up to date; do nothing when what it hangs on did not change.

    Writes, in ``tables_dir/derived``: ``comment_scores.parquet``, ``sentiment.npz`` (the model
    that reads what comes next; absent when there is none) and ``comments.json`` (the report).

    Parameters
    ----------
    tables_dir
        Where ``ingest`` wrote.
    statements
        Statements of consent from the online store; a refusal of now binds every model.
    now
        Epoch seconds, UTC.
    honour_consents, seed, progress
        As of :func:`score_comments`.

    Returns
    -------
    The report, with ``updated``: whether anything was written.

    Raises
    ------
    SourceError
        If nothing was ingested, or a table is damaged.
    """
    path, standing = comment_scores_path(tables_dir), read_comment_report(tables_dir)
    if standing is None or not _holds(path, standing["sha256"]):
        # Nobody can say what it holds, and a damaged file would keep the tables from opening.
        path.unlink(missing_ok=True)
        standing = None
    con = open_tables(tables_dir)
    try:
        bind_current_consents(con, statements, now)
        settings = {"method": METHOD, "honour_consents": honour_consents, "seed": seed}
        basis = _basis(con, tables_dir, settings)
        if standing and standing["basis"] == basis:
            return {**standing, "updated": False}
        scored = score_comments(con, honour_consents=honour_consents, seed=seed, progress=progress)
    finally:
        con.close()
    return {**_write(tables_dir, scored, basis), "updated": True}


def read_comment_report(tables_dir: Path) -> dict[str, Any] | None:
    """Return the report of the last scoring, None where there is none (or it is damaged)."""
    path = comment_scores_path(tables_dir).with_name(REPORT)
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return report if isinstance(report, dict) and {"basis", "sha256"} <= report.keys() else None


def _holds(path: Path, sha256: str) -> bool:
    return path.is_file() and sha256_of(path) == sha256


def _basis(con: DuckDBPyConnection, tables_dir: Path, settings: dict[str, Any]) -> str:
    hashes = data_hashes(tables_dir)
    refused = con.execute(
        "select distinct customer_id from refused_now where purpose = $1 order by 1", [ANALYTICS]
    ).fetchall()
    told = [settings, {name: hashes.get(name, "") for name in _READ}, refused]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _write(tables_dir: Path, scored: ScoredComments, basis: str) -> dict[str, Any]:
    path = comment_scores_path(tables_dir)
    write_atomically(path, lambda place: pq.write_table(scored.table, place))
    model = scored.reader.sentiment.model if scored.reader else None
    if model is None:
        path.with_name(MODEL).unlink(missing_ok=True)
    else:
        save_sentiment(path.with_name(MODEL), model)
    # Last: it says that the others are whole.
    report = {"basis": basis, "sha256": sha256_of(path), **comment_report(scored)}
    body = json.dumps(report, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    write_atomically(path.with_name(REPORT), lambda place: _write_text(place, body))
    return report


def _write_text(place: Path, body: str) -> None:
    place.write_text(body, encoding="utf-8")


def comment_report(scored: ScoredComments) -> dict[str, Any]:
    """Sum up a scoring, for JSON: what was learned or why not, and what comments are about.

    Returns
    -------
    ``scored`` (rows), ``mean_sentiment`` (0..1, null without rows), ``fits``, ``learned`` and
    ``topics``: what was learned last; ``about``: of each topic its n, share of the scored
    comments that have one, mean sentiment and telling terms (null when no longer a topic).
    """
    reader, table = scored.reader, scored.table
    mean = pc.mean(table["sentiment"]).as_py()
    return {
        "scored": table.num_rows,
        "mean_sentiment": None if mean is None else round(mean, 4),
        "fits": scored.fits,
        "learned": _learned(reader),
        "topics": _topics(reader),
        "about": _about(table, reader.topics.topics if reader else None),
    }


def _learned(reader: Reader | None) -> dict[str, Any]:
    if reader is None:
        return {"done": False, "reason": "there is no comment"}
    held = asdict(reader.sentiment)
    held["done"] = held.pop("model") is not None
    figures = ("auc", "auc_error")
    known = {name: round(held[name], 4) if held[name] == held[name] else None for name in figures}
    return {**held, **known, "as_of": reader.as_of}


def _topics(reader: Reader | None) -> dict[str, Any]:
    if reader is None:
        return {"done": False, "reason": "there is no comment"}
    found = reader.topics
    return {
        "done": found.topics is not None,
        "reason": found.reason,
        "comments": found.comments,
        "stability": round(found.stability, 4) if found.topics else None,
    }


def _about(table: pa.Table, topics: Topics | None) -> list[dict[str, Any]]:
    terms = dict(zip(topics.names, topics.telling(), strict=True)) if topics else {}
    grouped = table.group_by("topic").aggregate([("sentiment", "mean"), ("sentiment", "count")])
    rows = [row for row in grouped.to_pylist() if row["topic"] is not None]
    total = sum(row["sentiment_count"] for row in rows)
    return [
        {
            "topic": row["topic"],
            "n": row["sentiment_count"],
            "share": round(row["sentiment_count"] / total, 4),
            "mean_sentiment": round(row["sentiment_mean"], 4),
            "terms": list(terms[row["topic"]]) if row["topic"] in terms else None,
        }
        for row in sorted(rows, key=lambda row: (-row["sentiment_count"], row["topic"]))
    ]
