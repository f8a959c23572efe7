"""The same SQL text on Apache Spark, over the same Parquet files.

Who is who is resolved on DuckDB and handed over as Parquet; everything else, cross-customer
tables included, is computed by Spark. Nothing goes through pandas.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow.parquet as pq

from features.buckets import bucket_sql
from features.columns import AS_OF, CUSTOMER_ID
from features.engine.folder import SnapshotReport, alone, report, start
from features.engine.passes import lay_identity, uniform_moments
from features.engine.plan import Plan, make_plan
from features.engine.session import open_all
from features.engine.spark_tables import create_views
from features.errors import SettingError
from features.settings import DEFAULT_MEMORY_LIMIT
from features.storage import write_atomically

_JVM_SHARE = 0.75


def build_snapshots_on_spark(
    tables_dir: Path,
    as_of: Sequence[int],
    out: Path,
    *,
    master: str = "local[*]",
    known_at: int | None = None,
    honour_consents: bool = True,
    columns: Sequence[str] | None = None,
    memory_limit: int = DEFAULT_MEMORY_LIMIT,
    options: Mapping[str, str] = MappingProxyType({}),
) -> SnapshotReport:
    """Build what :func:`features.engine.build.build_snapshots` builds, on Spark.

    Parameters
    ----------
    master
        As Spark takes it: ``local[*]``, or the address of a cluster that reads the same files.
    memory_limit
        Bytes; the driver's Java heap takes three quarters.
    options
        Further settings of Spark, over those that this module makes.

    Raises
    ------
    SettingError
        If PySpark or Java is missing.
    ValueError, SourceError, HomeError
        As on DuckDB.
    """
    plan = make_plan(tables_dir, as_of, out, known_at, honour_consents, columns, memory_limit)
    with alone(plan):
        missing = start(plan)
        if missing:
            _run(plan, master, options)
        return report(plan, len(missing))


def _run(plan: Plan, master: str, options: Mapping[str, str]) -> None:
    with closing(open_all(plan, verify=True)) as con:
        lay_identity(con, plan)
    with spark_session(plan, master, options) as spark:
        for place, moments in enumerate(uniform_moments(plan)):
            _compute(spark, plan, moments, _part(plan, place))
    for bucket in range(plan.buckets):
        _gather(plan, bucket)


@contextmanager
def spark_session(plan: Plan, master: str, options: Mapping[str, str]) -> Iterator[Any]:
    """Start Spark for a plan, and stop it."""
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ModuleNotFoundError as error:
        raise SettingError(
            "NEXTBEST_ENGINE=spark, but PySpark is not installed.", 'pip install "nextbest[spark]"'
        ) from error
    builder = SparkSession.builder.master(master).appName("nextbest features")
    for name, value in {**_options(plan), **options}.items():
        builder = builder.config(name, value)
    try:
        spark = builder.getOrCreate()
    except (PySparkException, OSError) as error:
        raise SettingError(
            f"Spark cannot start ({error}).", "install Java 17, or set NEXTBEST_ENGINE=duckdb."
        ) from error
    try:
        yield spark
    finally:
        spark.stop()


def _options(plan: Plan) -> dict[str, str]:
    return {
        "spark.driver.memory": f"{int(plan.memory_limit * _JVM_SHARE / 1e6)}m",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": str(plan.work / "spill"),
        "spark.sql.warehouse.dir": str(plan.work / "warehouse"),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(plan.buckets),
        # The text sorts a hundred times in one task, and each sort holds a page at least: by
        # default a sixteenth of what the task may take.
        "spark.buffer.pageSize": "1m",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }


def _compute(spark: Any, plan: Plan, moments: Sequence[int], part: Path) -> None:  # noqa: ANN401
    create_views(spark, plan, moments)
    for name, select in plan.cross.items():
        # Kept, as a view would be computed again wherever the text reads it.
        kept = str(part / "cross" / name)
        spark.sql(select).write.mode("overwrite").parquet(kept)
        spark.read.parquet(kept).createOrReplaceTempView(name)
    bucket = bucket_sql(CUSTOMER_ID, plan.buckets)
    (
        spark.sql(plan.text)
        .selectExpr("*", f"cast({bucket} as int) as bucket")
        .repartition(plan.buckets, "bucket")
        .sortWithinPartitions("bucket", AS_OF, CUSTOMER_ID)
        .write.mode("overwrite")
        .partitionBy("bucket")
        .parquet(str(part / "rows"))
    )


def _part(plan: Plan, place: int) -> Path:
    return plan.work / f"moments-{place:03d}"


def _gather(plan: Plan, bucket: int) -> None:
    """Put the parts of a bucket into its file, in the order of their moments."""
    rows = sorted(plan.work.glob("moments-*/rows"))
    schema = pq.read_schema(next(rows[0].rglob("*.parquet")))
    paths = [path for each in rows for path in sorted(each.glob(f"bucket={bucket}/*.parquet"))]

    def write(temporary: Path) -> None:
        with pq.ParquetWriter(temporary, schema) as writer:
            writer.write_table(schema.empty_table())
            for path in paths:
                with pq.ParquetFile(path) as source:
                    for batch in source.iter_batches():
                        writer.write_batch(batch)

    write_atomically(plan.bucket_path(bucket), write)
