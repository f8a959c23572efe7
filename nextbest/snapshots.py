"""Command ``features``: customer snapshots, and the dictionary of their columns."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nextbest.terminal import Day, one_line_errors, say, say_json, settings

if TYPE_CHECKING:
    from features.engine.folder import SnapshotReport
    from features.settings import Settings


@click.command()
@click.option("--describe", is_flag=True, help="Print the dictionary of columns and stop.")
@click.option(
    "--as-of",
    type=Day(),
    multiple=True,
    help="Date of a snapshot; may be repeated. The end of the data when left out.",
)
@click.option("--known-at", type=Day(), help="Leave out rows that were ingested after this date.")
@click.option("--columns", help="Only these columns, with commas between. All when left out.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@one_line_errors
def features(
    describe: bool, as_of: tuple[int, ...], known_at: int | None, columns: str | None, as_json: bool
) -> None:
    """Build customer snapshots, or describe their columns.

    One Parquet file a bucket of customers. A run that was killed goes on where it was; the same
    command again changes nothing. NEXTBEST_ENGINE=spark computes them on Spark,
    NEXTBEST_MEMORY_LIMIT bounds the memory.

    \b
    Examples:
      nextbest features --describe
      nextbest features --as-of 2017-11-01
      nextbest features --as-of 2017-10-01 --as-of 2017-11-01 --columns orders_90d,spend_90d
    """
    if describe:
        _describe(as_json=as_json)
        return
    done = _build(as_of, known_at, columns, progress=not as_json)
    if as_json:
        say_json(done)
        return
    say(
        f"{done['customers']:,} customers, {done['rows']:,} rows, {done['columns']} columns:"
        f" {done['path']}"
    )
    if not done["built"]:
        say("features: nothing changed.")


def _describe(*, as_json: bool) -> None:
    from features.describe import describe as describe_columns

    columns = describe_columns()
    if as_json:
        say_json({"columns": columns})
        return
    for column in columns:
        say(
            f"{column['name']:34s} {column['unit']:8s} {column['purpose']:18s} "
            f"null: {column['null_means']}"
            f"{'; protected' if column['protected'] == 'yes' else ''}"
        )


def _build(
    as_of: tuple[int, ...], known_at: int | None, columns: str | None, *, progress: bool
) -> "dict[str, object]":
    from features.errors import SourceError
    from features.settings import ensure_home
    from features.tables import data_end

    s = settings()
    ensure_home(s)
    chosen = _chosen(columns)
    moments = as_of or (data_end(s.tables) + 1,)
    out = s.snapshots / _folder(moments, known_at, chosen)
    build = _engine(s, progress=progress)
    done = build(
        s.tables, moments, out, known_at=known_at, columns=chosen, memory_limit=s.memory_limit
    )
    if not done.rows:
        raise SourceError(
            "No customer is known before this date.", "choose a later one with --as-of."
        )
    return {
        "path": str(done.path),
        "customers": done.customers,
        "rows": done.rows,
        "columns": done.columns,
        "built": done.built,
        "engine": s.engine,
    }


def _engine(s: "Settings", *, progress: bool) -> "Callable[..., SnapshotReport]":
    if s.engine == "spark":
        from features.engine.spark import build_snapshots_on_spark

        return partial(build_snapshots_on_spark, master=s.spark_master)
    from features.engine.build import build_snapshots

    return partial(build_snapshots, progress=progress)


def _chosen(columns: str | None) -> list[str] | None:
    from features.definitions import FAMILIES
    from features.registry import choose

    if columns is None:
        return None
    names = [name.strip() for name in columns.split(",") if name.strip()]
    try:
        return [column.name for column in choose(FAMILIES, names)]
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--columns") from error


def _folder(moments: tuple[int, ...], known_at: int | None, columns: list[str] | None) -> Path:
    from features.snapshot import stem

    # One folder for each request, so that one does not replace another's files.
    parts = [stem(moments), str(len(moments)) if len(moments) > 1 else ""]
    parts += ["" if known_at is None else f"known-{known_at}", _digest(columns)]
    return Path("-".join(part for part in parts if part))


def _digest(columns: list[str] | None) -> str:
    import hashlib

    return "" if columns is None else hashlib.sha256(",".join(columns).encode()).hexdigest()[:8]
