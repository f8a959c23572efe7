"""The report as files: JSON for the API, Parquet by customer, a page for people."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features.storage import write_atomically
from training.experience.inferred import Inference
from training.experience.page import experience_page
from training.experience.report import Experience

VERSION = 1
FOLDER = "experience"
JSON, CUSTOMERS, PAGE = "experience.json", "customers.parquet", "experience.html"
_DIGITS = 6


def as_json(experience: Experience) -> dict[str, Any]:
    """Return everything but the rows by customer; what is not a finite number is null."""
    survey, response, funnel = experience.survey, experience.response, experience.funnel
    words = experience.words
    value: dict[str, Any] = {
        "version": VERSION,
        "as_of": experience.as_of,
        "segments_from": experience.segments_from,
        "notes": _notes(experience),
        "coverage": {
            "answers": len(survey.answers),
            "customers": int(survey.answers["customer_id"].nunique()),
            "requests": len(survey.asked),
            "left_out_customers": survey.left_out_customers,
            "left_out_answers": survey.left_out_answers,
        },
        "rows": [asdict(row) for row in experience.rows],
        "non_response": {
            "reason": response.reason,
            "auc": response.auc,
            "asked": response.asked,
            "answered": response.answered,
            "effective": response.effective,
            "balance": [asdict(one) for one in response.balance],
        },
        "inferred": {m.target.metric: _model(m) for m in (experience.nps, experience.effort)},
        "journeys": {
            "contacts": [asdict(step) for step in experience.contacts],
            "visits": [asdict(row) for row in funnel.rows],
            "visits_counted": funnel.visits,
            "visits_left_out": funnel.left_out_visits,
        },
        "comments": {
            "reason": words.reason,
            "overall": words.overall and words.overall._asdict(),
            "months": {name: made._asdict() for name, made in words.months.items()},
            "topics": {name: made._asdict() for name, made in words.topics.items()},
        },
    }
    return {name: _finite(part) for name, part in value.items()}


def _notes(experience: Experience) -> list[str]:
    """Say what is missing, and why."""
    weights, words = experience.response.reason, experience.words.reason
    models = [
        f"{model.target.metric}: nothing is inferred, {model.reason}"
        for model in (experience.nps, experience.effort)
        if model.reason
    ]
    return [
        *([f"no weights for non-response: {weights}"] if weights else []),
        *models,
        *([f"comments: {words}"] if words else []),
    ]


def _model(model: Inference) -> dict[str, Any]:
    return {
        "told": model.target.names[model.target.told],
        "used": model.model is not None,
        "reason": model.reason,
        "answers": dict(model.counts),
        "quality": {name: asdict(one) for name, one in model.quality.items()},
        "base_rate": {name: asdict(one) for name, one in model.baseline.items()},
    }


def _finite(value: object) -> Any:  # noqa: ANN401 - JSON of any shape
    if isinstance(value, Mapping):
        return {str(name): _finite(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    if isinstance(value, float):
        return round(value, _DIGITS) if math.isfinite(value) else None
    return value


def write_experience(
    experience: Experience, home: Path, out: Path | None = None
) -> dict[str, Path]:
    """Write the files, each whole or not at all.

    Parameters
    ----------
    home
        ``NEXTBEST_HOME``; JSON and Parquet go to its folder ``experience``.
    out
        Folder of the page; that same folder when None.

    Returns
    -------
    Name of the file -> where it is.
    """
    folder = home / FOLDER
    report = as_json(experience)
    paths = {JSON: folder / JSON, CUSTOMERS: folder / CUSTOMERS, PAGE: (out or folder) / PAGE}
    table = pa.Table.from_pandas(experience.people.frame, preserve_index=False)
    page = experience_page(experience, report)
    text = json.dumps(report, indent=1, allow_nan=False) + "\n"
    write_atomically(paths[CUSTOMERS], lambda path: pq.write_table(table, path))
    write_atomically(paths[PAGE], lambda path: _write(path, page))
    # Last: whoever sees new figures finds the page and the customers that belong to them.
    write_atomically(paths[JSON], lambda path: _write(path, text))
    return paths


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
