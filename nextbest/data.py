"""Commands about data: ``ingest`` and ``features``."""

from dataclasses import asdict

import click

from nextbest.terminal import Day, now, one_line_errors, say, say_json, settings


@click.command()
@click.argument("source", default="complete_journey")
@click.option(
    "--max-bad",
    default=0.01,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Largest share of a table's rows that may be quarantined.",
)
@click.option("--force", is_flag=True, help="Load again even when nothing changed.")
@click.option("--json", "as_json", is_flag=True, help="Write the summary as JSON.")
@one_line_errors
def ingest(source: str, max_bad: float, force: bool, as_json: bool) -> None:
    """Load SOURCE into the canonical tables and the online store.

    \b
    Example:
      nextbest ingest complete_journey
    """
    from features.ingest import ingest as run
    from features.settings import ensure_home
    from features.sources.catalog import find_source
    from serving.publish import publish
    from serving.stores.opening import open_stores

    s = settings()
    ensure_home(s)
    report = run(
        find_source(source),
        s.tables,
        s.quarantine,
        as_known_at=now(),
        max_bad=max_bad,
        progress=not as_json,
        force=force,
    )
    stores = open_stores(s.store_url)
    sent = publish(s.tables, stores, now())
    stores.close()
    if as_json:
        tables = {name: asdict(table) for name, table in report.tables.items()}
        say_json({"skipped": report.skipped, "tables": tables, "published": sent})
        return
    if report.skipped:
        say("ingest: nothing changed.")
    for name, table in report.tables.items():
        say(
            f"{name:18s} read {table.read:>9,}  accepted {table.accepted:>9,}  "
            f"quarantined {table.quarantined:>6,}"
        )
    for name, rows in sent.items():
        say(f"{name:18s} published {rows:>9,} to the online store")


@click.command()
@click.option("--describe", is_flag=True, help="Print the dictionary of columns and stop.")
@click.option(
    "--as-of",
    type=Day(),
    help="Build the snapshot as of this date; the end of the data when left out.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@one_line_errors
def features(describe: bool, as_of: int | None, as_json: bool) -> None:
    """Build the customer snapshot, or describe its columns.

    \b
    Examples:
      nextbest features --describe
      nextbest features --as-of 2017-11-01
    """
    from features.describe import describe as describe_columns
    from features.errors import SourceError
    from features.settings import ensure_home
    from features.snapshot import build_snapshot, write_snapshot
    from features.tables import data_end, open_tables

    if describe:
        columns = describe_columns()
        if as_json:
            say_json({"columns": columns})
        for column in [] if as_json else columns:
            say(
                f"{column['name']:26s} {column['unit']:8s} {column['purpose']:18s} "
                f"null: {column['null_means']}"
            )
        return
    s = settings()
    ensure_home(s)
    con = open_tables(s.tables)
    moment = data_end(s.tables) + 1 if as_of is None else as_of
    table = build_snapshot(con, [moment])
    if not table.num_rows:
        raise SourceError(
            "No customer is known before this date.", "choose a later one with --as-of."
        )
    path = write_snapshot(table, s.snapshots)
    summary = {"path": str(path), "customers": table.num_rows, "columns": table.num_columns}
    if as_json:
        say_json(summary)
    else:
        say(f"{table.num_rows:,} customers, {table.num_columns} columns: {path}")
