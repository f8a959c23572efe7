"""The names other floors build on."""

from inspect import signature

import pytest

from features import describe, ids, ingest, snapshot, tables
from features.engine import build, folder
from features.sources import catalog

SIGNATURES = [
    (tables.open_tables, ["tables_dir", "verify", "known_at", "bucket"]),
    (tables.data_hashes, ["tables_dir"]),
    (tables.data_end, ["tables_dir"]),
    (
        ingest.ingest,
        [
            "sources",
            "tables_dir",
            "quarantine_dir",
            "as_known_at",
            "max_bad",
            "progress",
            "force",
            "buckets",
            "memory_limit",
            "keep_out",
        ],
    ),
    (snapshot.build_snapshot, ["con", "as_of", "honour_consents", "columns"]),
    (
        build.build_snapshots,
        [
            "tables_dir",
            "as_of",
            "out",
            "known_at",
            "honour_consents",
            "columns",
            "memory_limit",
            "progress",
        ],
    ),
    (folder.read_snapshots, ["out"]),
    (snapshot.write_snapshot, ["table", "snapshots_dir"]),
    (snapshot.feature_names, []),
    (catalog.find_source, ["name"]),
    (describe.describe, []),
    (describe.render_markdown, []),
    (ids.IdMap.from_ids, ["ids"]),
    (ids.IdMap.index_of, ["self", "ids"]),
]


@pytest.mark.parametrize(("function", "parameters"), SIGNATURES)
def test_parameters_are_pinned(function, parameters: list[str]):
    assert list(signature(function).parameters) == parameters
