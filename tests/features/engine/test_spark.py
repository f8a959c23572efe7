"""The same SQL text on Spark gives the same values."""

import shutil
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.engine.folder import read_snapshots
from features.engine.spark import build_snapshots_on_spark
from features.errors import SettingError
from features.snapshot import build_snapshot, feature_names
from features.tables import open_tables

DAY = 86_400
START = 1_600_000_000
MOMENTS = [START + days * DAY for days in (365, 401)]
# Rows are few and the text is long: compiling it to Java would take most of the time.
SMALL = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.log.level": "ERROR",
}

Frames = Mapping[str, pd.DataFrame]
Store = Callable[[Sequence[Frames]], Path]


@pytest.fixture
def spark_is_there() -> None:
    if find_spec("pyspark") is None:
        pytest.skip('pyspark is not installed: pip install "nextbest[spark]"')
    if shutil.which("java") is None:
        pytest.skip("Java is not installed: Spark needs Java 17 or newer")


def equal(one: pa.ChunkedArray, other: pa.ChunkedArray) -> bool:
    """Null for null, and numbers within a relative 1e-9."""
    if one.null_count != other.null_count or not one.is_null().equals(other.is_null()):
        return False
    if not pa.types.is_floating(one.type):
        return bool(one.equals(other))
    left, right = (each.drop_null().to_numpy() for each in (one, other))
    return bool(np.allclose(left, right, rtol=1e-9, atol=0))


@pytest.mark.slow
@pytest.mark.usefixtures("spark_is_there")
def test_both_engines_give_the_same_values(store: Store, astray: Sequence[Frames], tmp_path: Path):
    tables = store(astray)
    with warnings.catch_warnings():
        # PySpark warns of pandas, which this path does not use, and leaves sockets open.
        warnings.simplefilter("ignore")
        done = build_snapshots_on_spark(
            tables,
            MOMENTS,
            tmp_path / "spark",
            master="local[2]",
            honour_consents=False,
            memory_limit=3 * 10**9,
            options=SMALL,
        )
    theirs = read_snapshots(tmp_path / "spark")
    ours = build_snapshot(open_tables(tables), MOMENTS, honour_consents=False)
    assert done.rows == ours.num_rows
    assert theirs.schema.names == ours.schema.names
    assert theirs.schema.types == ours.schema.types
    differing = [name for name in ours.column_names if not equal(ours[name], theirs[name])]
    assert not differing
    told = [name for name in feature_names() if ours[name].null_count < ours.num_rows]
    assert len(told) > 0.9 * len(feature_names()), set(feature_names()) - set(told)


def test_without_pyspark_the_error_says_what_to_install(
    store: Store, shop: Frames, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in ("pyspark", "pyspark.errors", "pyspark.sql"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(SettingError, match="PySpark is not installed"):
        build_snapshots_on_spark(store([shop]), MOMENTS, tmp_path / "spark")
