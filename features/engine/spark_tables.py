"""The canonical tables as Spark views: the same files, the same rows that count."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

from features.columns import Column, Table
from features.derived import COMMENT_SCORE_COLUMNS, COMMENT_SCORES, create_derived_views
from features.engine.plan import Plan
from features.identity.views import LIKELY, resolved_selects
from features.schemas import TABLES
from features.storage import GONE, NEW, TableFile
from features.tables import comment_scores_path

_RAW = "raw_"
_TYPES = {"VARCHAR": "string", "BIGINT": "bigint", "DOUBLE": "double", "BOOLEAN": "boolean"}


def create_views(spark: Any, plan: Plan, moments: Sequence[int]) -> None:  # noqa: ANN401
    """Create what the text reads: tables, derived views, ``cutoffs``, ``links``, ``persons``.

    Parameters
    ----------
    spark
        A session.
    moments
        At all of which the same customers were one person.
    """
    for table in TABLES.values():
        frame = _standing(spark, plan, table)
        for name in (table.name, f"{_RAW}{table.name}"):
            frame.createOrReplaceTempView(name)
    scores = comment_scores_path(plan.tables_dir)
    if scores.is_file():
        spark.read.parquet(str(scores)).createOrReplaceTempView(COMMENT_SCORES)
    else:
        _empty(spark, COMMENT_SCORE_COLUMNS).createOrReplaceTempView(COMMENT_SCORES)
    listed = ", ".join(f"(cast({moment} as bigint))" for moment in moments)
    spark.sql(f"select * from values {listed} as c(as_of)").createOrReplaceTempView("cutoffs")
    for name in ("links", "persons"):
        frame = spark.read.parquet(str(plan.work / f"{name}.parquet"))
        frame.where(frame.as_of.isin(list(moments))).createOrReplaceTempView(name)
    create_derived_views(spark.sql)
    _resolve(spark)


def _resolve(spark: Any) -> None:  # noqa: ANN401
    """Show the tables by the ids that stand for people, where some customers are one person."""
    spark.sql(
        "select distinct customer_id, person_id, part_id from persons"
    ).createOrReplaceTempView("merged")
    if spark.table("merged").isEmpty():
        return
    spark.sql(LIKELY).createOrReplaceTempView("likely")
    for name, select in resolved_selects(f"{_RAW}{{}}".format).items():
        spark.sql(select).createOrReplaceTempView(name)


def _standing(spark: Any, plan: Plan, table: Table) -> Any:  # noqa: ANN401
    """Return each key's version of its last run; see :mod:`features.standing`."""
    files = plan.files[table.name]
    held = [file for file in files if file.kind != GONE]
    if not held:
        return _empty(spark, {column.name: column.type for column in table.columns})
    rows = _read(spark, plan, table, held)
    replacing = [file for file in files if file.kind != NEW]
    if not replacing:
        return rows.select(*table.names)
    keys = _read(spark, plan, table, replacing)
    rows.createOrReplaceTempView("held_rows")
    keys.createOrReplaceTempView("replacing_rows")
    key = ", ".join(table.key)
    match = " and ".join(f"t.{name} <=> r.{name}" for name in table.key)
    return spark.sql(
        f"select {', '.join(f't.{name}' for name in table.names)} from held_rows t"
        f" left join (select {key}, max(run) as run from replacing_rows group by {key}) r"
        f" on {match} where r.run is null or t.run >= r.run"
    )


def _read(spark: Any, plan: Plan, table: Table, files: Sequence[TableFile]) -> Any:  # noqa: ANN401
    """Read files with the run of each; a column that a file lacks has its default."""
    schema = ", ".join(f"{column.name} {_TYPES[column.type]}" for column in table.columns)
    runs: dict[int, list[str]] = {}
    for file in files:
        runs.setdefault(file.run, []).append(str(plan.tables_dir / file.path))
    columns = [_filled(column) for column in table.columns]
    frames = [
        spark.read.schema(schema).parquet(*paths).selectExpr(*columns, f"{run} as run")
        for run, paths in runs.items()
    ]
    return reduce(lambda one, other: one.unionAll(other), frames)


def _filled(column: Column) -> str:
    if not column.default:
        return column.name
    return f"coalesce({column.name}, {column.default}) as {column.name}"


def _empty(spark: Any, columns: dict[str, str]) -> Any:  # noqa: ANN401
    listed = ", ".join(
        f"cast(null as {_TYPES[type_]}) as {name}" for name, type_ in columns.items()
    )
    return spark.sql(f"select {listed} where false")
