"""``nextbest identity``: who is taken for whom, why, and how to put it right."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nextbest.intake import bring_in_step, load
from nextbest.terminal import Day, now, one_line_errors, say, say_json, settings

if TYPE_CHECKING:
    from features.identity.explain import Person

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Write JSON.")


@click.group()
def identity() -> None:
    """See which ids are one person, and undo or add links between them.

    \b
    Examples:
      nextbest identity show 1609
      nextbest identity unmerge loyalty_card lc-1609 --customer 1609 --reason "sold on"
    """


@identity.command()
@click.argument("name", metavar="ID")
@click.option("--as-of", type=Day(), help="As it was known on this date; now when left out.")
@_AS_JSON
@one_line_errors
def show(name: str, as_of: int | None, as_json: bool) -> None:
    """Print what is joined under ID (a customer id, or TYPE:VALUE), since when, and what is not.

    \b
    Examples:
      nextbest identity show 1609
      nextbest identity show cookie:ck-000012 --as-of 2017-11-01
    """
    from features.errors import IdentityError
    from features.identity.explain import people_at, split_name
    from features.tables import open_tables

    con = open_tables(settings().tables, verify=False)
    person = people_at(con, now() + 1 if as_of is None else as_of).person(*split_name(name))
    con.close()
    if person is None:
        raise IdentityError(
            f"{name!r} has no link at that time.",
            "name a customer id, or an identifier TYPE:VALUE.",
        )
    if as_json:
        say_json(asdict(person))
    else:
        _say_person(person)


def _say_person(person: "Person") -> None:
    say(f"customer     {person.customer_id or 'none: known by identifiers only'}")
    for place, part in enumerate(person.parts):
        say(f"{'joined by certain links' if place == 0 else 'and, likely'}: {', '.join(part)}")
    for link in person.links:
        say(f"{_day(link.since)}   {link.one}  =  {link.other}  ({link.match})")
    for held in person.held_back:
        say(f"held back    {held.name}: {held.reason}")


@identity.command()
@click.argument("name", metavar="ID")
@_AS_JSON
@one_line_errors
def history(name: str, as_json: bool) -> None:
    """Print whom ID (a customer id, or an identifier's value) stood for, and when.

    \b
    Example:
      nextbest identity history 1609
    """
    from features.identity.history import History, history_path

    held = History(history_path(settings().home))
    spans, current = held.spans_of(name), held.current_customer(name)
    held.close()
    if as_json:
        say_json({"current_customer": current, "spans": [asdict(span) for span in spans]})
        return
    for span in spans:
        until = "now" if span.valid_until is None else _day(span.valid_until)
        say(f"{_day(span.valid_from)} to {until:10s}  {span.identifier_type}:{span.value}"
            f"  ->  {span.customer_id}")  # fmt: skip
    if not spans:
        say(f"{name} was never joined with anything.")


@identity.command()
@click.argument("kind", metavar="TYPE")
@click.argument("value")
@click.option("--customer", help="The customer id that it is not.")
@click.option("--from", "other", help="The identifier, TYPE:VALUE, that it is not.")
@click.option("--reason", required=True, help="Kept with the statement.")
@_AS_JSON
@one_line_errors
def unmerge(
    kind: str, value: str, customer: str | None, other: str | None, reason: str, as_json: bool
) -> None:
    """State that an identifier is not that customer's from now on. Nothing is rewritten.

    \b
    Example:
      nextbest identity unmerge email_sha256 9f86d0 --customer 1609 --reason "wrong account"
    """
    from features.identity.explain import people_at
    from features.identity.unmerge import undo
    from features.tables import open_tables

    target = customer or other
    if target is None or (customer and other):
        raise click.UsageError("give --customer ID or --from TYPE:VALUE, one of them.")
    con = open_tables(settings().tables, verify=False)
    row = undo(people_at(con, now() + 1), f"{kind}:{value}", target)
    con.close()
    _add([row], "unmerge", reason)
    if as_json:
        say_json(row)
    else:
        say(f"{kind}:{value} is no longer joined with {target}.")


@identity.command()
@click.argument("crm", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("loyalty", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--threshold", default=0.9, show_default=True, type=click.FloatRange(0, 1),
              help="Accept from this probability on.")  # fmt: skip
@click.option("--review-from", default=0.5, show_default=True, type=click.FloatRange(0, 1),
              help="Write less likely pairs for review, from this probability on.")  # fmt: skip
@_AS_JSON
@one_line_errors
def match(crm: Path, loyalty: Path, threshold: float, review_from: float, as_json: bool) -> None:
    """Join CRM records with loyalty cards that are likely the same person.

    Consent never crosses such a link. Needs Splink: pip install "nextbest[identity]".

    \b
    Example:
      nextbest identity match crm.csv loyalty.csv --threshold 0.9 --review-from 0.5
    """
    from features.identity.matching import match_records
    from features.identity.review import decided_pairs, link_row, without_decided, write_review
    from features.identity.statements import links_folder

    if not 0 < review_from <= threshold:
        raise click.UsageError("--review-from must be above 0, and at most --threshold.")
    home = settings().home
    matches = without_decided(
        match_records(crm, loyalty, threshold=threshold, review_from=review_from),
        decided_pairs(links_folder(home)),
    )
    review = home / "identity" / f"review-{now()}.csv"
    write_review(matches.review, review)
    rows = [link_row(p.crm_id, p.loyalty_card, p.probability) for p in matches.accepted]
    _add(rows, "match", f"{crm.name} and {loyalty.name}, threshold {threshold}")
    found = {"accepted": len(rows), "for_review": len(matches.review), "review": str(review)}
    if as_json:
        say_json(found)
        return
    say(f"{len(rows):,} links accepted; {len(matches.review):,} pairs to review: {review}")
    say(f"Fill in its last column with yes or no, then: nextbest identity review {review}")


@identity.command()
@click.argument("reviewed", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_AS_JSON
@one_line_errors
def review(reviewed: Path, as_json: bool) -> None:
    """Take in the answers of a review file: each yes joins, each no keeps apart.

    \b
    Example:
      nextbest identity review var/identity/review-1764000000.csv
    """
    from features.identity.review import read_review

    rows = read_review(reviewed)
    _add(rows, "review", reviewed.name)
    parted = sum(row.get("relation") == "different" for row in rows)
    if as_json:
        say_json({"joined": len(rows) - parted, "kept_apart": parted})
    else:
        say(f"{len(rows) - parted:,} pairs joined, {parted:,} kept apart.")


def _add(rows: Sequence[Mapping[str, object]], what: str, note: str) -> None:
    """Write decided links, load them through the door and bring history and store in step."""
    from features.identity.statements import links_folder, write_links

    if not rows:
        return
    s, moment = settings(), now()
    folder = links_folder(s.home)
    path = write_links(folder, rows, what=what, now=moment, note=note)
    try:
        load(s, [], moment, progress=False)
    except BaseException:
        path.unlink(missing_ok=True)  # what was not taken in was not decided
        raise
    bring_in_step(s, moment)


def _day(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).date().isoformat()
