"""The evaluation of a registered version, drawn and left with its run."""

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from features.settings import Settings
from features.storage import read_manifest
from training import tracking
from training.evaluation_page.page import Evaluated, evaluation_page
from training.promotion.judging import judge
from training.promotion.rules import read_rules
from training.promotion.segments import segments_of
from training.promotion.versions import read_version

PAGE = "evaluation.html"


def log_evaluation(
    settings: Settings, con: duckdb.DuckDBPyConnection, number: str, snapshot: pa.Table
) -> None:
    """Draw the page of a version that left held-out rows, and log it in the open run.

    Parameters
    ----------
    snapshot
        Of the version's moment, for who does not allow analytics.
    """
    client = tracking.connect(settings)
    version = read_version(client, number)
    if version.held is None:
        return
    current = tracking.version_of(client, tracking.CHAMPION)
    champion = None if current is None else read_version(client, current)
    tables = read_manifest(settings.tables)["tables"]
    page = evaluation_page(
        Evaluated(
            manifest=version.bundle.manifest,
            held=version.held,
            segments=segments_of(con, version.held.start, version.held.customers()),
            gates=tuple(judge(settings, read_rules(), version, champion)),
            champion=current,
            parameters=tracking.parameters_of(client, number),
            counts={name: int(told["rows"]) for name, told in tables.items()},
            left_out=int(pc.sum(pc.invert(snapshot["analytics_allowed"])).as_py() or 0),
        )
    )
    tracking.log_page(page, PAGE)
