"""The command ``segments``."""

from typing import TYPE_CHECKING

import click

from nextbest.terminal import Day, now, one_line_errors, say, say_json, settings

if TYPE_CHECKING:
    from training.segments.profiles import Profile


@click.command()
@click.option(
    "--as-of",
    type=Day(),
    help="Segment as of this date; the end of the data when left out.",
)
@click.option("--json", "as_json", is_flag=True, help="Write the profiles as JSON.")
@one_line_errors
def segments(as_of: int | None, as_json: bool) -> None:
    """Sort customers into RFM classes and behavioural clusters, and describe them.

    Writes customers.parquet, profiles.json and segments.png to NEXTBEST_HOME/segments.

    \b
    Examples:
      nextbest segments
      nextbest segments --as-of 2017-12-01 --json
    """
    from features.tables import data_end, open_tables
    from nextbest.online import statements
    from training.as_of import date_text
    from training.consents import bind_current_consents
    from training.segments.run import segment

    s = settings()
    as_of = data_end(s.tables) + 1 if as_of is None else as_of
    told = statements(s)
    con = open_tables(s.tables)
    bind_current_consents(con, told, now())
    result = segment(con, as_of, s.home / "segments")
    con.close()
    if as_json:
        say_json(result.as_json())
        return
    say(f"Segments as of {date_text(as_of)}: {len(result.customers):,} customers")
    for why, customers in result.left_out.items():
        if customers:
            say(f"  without a segment, {why}: {customers:,}")
    _show("RFM classes", result.segments)
    _show("Clusters", result.clusters)
    for note in result.notes:
        say(note)
    if result.clusters:
        say(f"Names kept {len(result.kept)}, new {len(result.new)}, retired {len(result.retired)}")
    say(f"Files in {s.home / 'segments'}")


def _show(title: str, profiles: "tuple[Profile, ...]") -> None:
    if not profiles:
        return
    say(f"\n{title}")
    largest = max(each.share for each in profiles)
    for each in profiles:
        bar = "#" * round(20 * each.share / largest)
        name = each.label if title.startswith("RFM") else f"{each.name}: {each.label}"
        say(f"  {bar:20} {name}")
        say(f"  {'':20}   {each.text}")
