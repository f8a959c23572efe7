"""What needs all customers at once: who is who, rows that lie elsewhere, and cross features.

Each is kept as Parquet in the plan's work folder, so that a run that was killed finds it there.
"""

import shutil
from contextlib import closing
from itertools import groupby

import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from features.engine.plan import Plan
from features.engine.session import at, cross_path, keep, open_all
from features.engine.strays import find_strays
from features.links import lay_links

DONE = "done"


def lay_passes(plan: Plan) -> None:
    """Run the passes, or find them done.

    Raises
    ------
    SourceError
        If a file of the tables is missing or altered.
    """
    with closing(open_all(plan, verify=True)) as con:
        if (plan.work / DONE).is_file():
            return
        lay_identity(con, plan)
        find_strays(con, plan)
        _lay_cross(con, plan)
        (plan.work / DONE).touch()


def lay_identity(con: DuckDBPyConnection, plan: Plan) -> None:
    """Begin the work folder with who was who at each moment: ``links`` and ``persons``."""
    shutil.rmtree(plan.work, ignore_errors=True)
    plan.work.mkdir(parents=True)
    lay_links(con, plan.as_of)
    for name in ("links", "persons"):
        keep(con, f"from {name} order by all", plan.work / f"{name}.parquet")


def uniform_moments(plan: Plan) -> list[tuple[int, ...]]:
    """Cut the moments where the customers who are one person change.

    Returns
    -------
    list of tuple of int
        Moments ascending, within and between the tuples.
    """
    merges: dict[int, set[tuple[str, ...]]] = {moment: set() for moment in plan.as_of}
    for row in pq.read_table(plan.work / "persons.parquet").to_pylist():
        merges[row.pop("as_of")].add(tuple(row.values()))
    return [tuple(group) for _, group in groupby(plan.as_of, key=lambda moment: merges[moment])]


def _lay_cross(con: DuckDBPyConnection, plan: Plan) -> None:
    for moments in uniform_moments(plan):
        with at(con, plan, moments, None):
            for name, select in plan.cross.items():
                con.execute(f"create or replace temp table {name} as {select}")
        for name in plan.cross:
            keep(con, f"from {name}", cross_path(plan, moments[0], name))
