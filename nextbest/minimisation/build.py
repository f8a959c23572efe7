"""From a home and its champion to the report."""

from collections.abc import Sequence

from duckdb import DuckDBPyConnection

from bundle.contents import Bundle
from bundle.usage import column_uses
from features.definitions import FEATURES
from features.lineage import feature_sources
from features.schemas import TABLES
from nextbest.minimisation.consumers import OFFERED, READERS, outside_columns
from nextbest.minimisation.report import (
    Minimisation,
    feature_rows,
    recommendations,
    source_rows,
)


def minimisation(bundle: Bundle, con: DuckDBPyConnection) -> Minimisation:
    """Report what is used.

    Parameters
    ----------
    bundle
        Whose models and conditions count.
    con
        Connection with the canonical tables: how often each column has a value.
    """
    features = feature_rows(FEATURES, column_uses(bundle), outside_columns())
    sources = source_rows(features, feature_sources(), READERS, _filled(con))
    return Minimisation(
        bundle.manifest.bundle_version,
        features,
        sources,
        recommendations(features, sources),
        _caveats(bundle),
    )


def _filled(con: DuckDBPyConnection) -> dict[tuple[str, str], int]:
    """Count the values of every column, one query a table."""
    filled: dict[tuple[str, str], int] = {}
    for table in TABLES.values():
        counted = ", ".join(f"count({name})" for name in table.names)
        row: Sequence[int] = con.execute(f"select {counted} from {table.name}").fetchall()[0]
        filled |= {(table.name, name): int(n) for name, n in zip(table.names, row, strict=True)}
    return filled


def _caveats(bundle: Bundle) -> tuple[str, ...]:
    caveats = [
        f"{OFFERED} may use any snapshot column; what it picks is not recorded.",
        "A column that no model uses today may be one that the next training would use.",
    ]
    known = {feature.name for feature in FEATURES}
    gone = sorted(set(bundle.column_positions) - known)
    if gone:
        caveats.append(f"The bundle has columns that this version no longer computes: {gone}.")
    fresh = sorted(known - set(bundle.column_positions))
    if fresh:
        caveats.append(
            f"{len(fresh)} columns are newer than the bundle, so no model of it could use them: "
            "train again before leaving any of them out."
        )
    return tuple(caveats)
