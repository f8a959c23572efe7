"""Commands of persons' rights: ``export``, ``erase``, ``audit``."""

import datetime as dt
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from nextbest.opened import opened_stores
from nextbest.terminal import now, one_line_errors, say, say_json, settings

if TYPE_CHECKING:
    from serving.stores.opening import Stores

ACTOR = "terminal"


@click.command()
@click.argument("customer_id")
@one_line_errors
def export(customer_id: str) -> None:
    """Write all that is held of CUSTOMER_ID as JSON: every table, every file, the scores.

    \b
    Example:
      nextbest export 1609 > 1609.json
    """
    from serving.privacy.auditing import note_act
    from serving.privacy.exporting import export as export_person
    from serving.privacy.home import Home

    s = settings()
    with opened_stores(s) as stores:
        told = _or_refused(lambda: export_person(Home(stores, s), None, customer_id, now()))
        note_act(stores, ACTOR, "customer.export", [customer_id], now())
    say_json(told)


@click.command()
@click.argument("customer_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Write the receipt as JSON.")
@one_line_errors
def erase(customer_id: str, yes: bool, as_json: bool) -> None:
    """Erase CUSTOMER_ID everywhere and print the receipt; it cannot be undone.

    The same again returns the receipt, or ends what was cut short. Exit code 1 while something
    is left.

    \b
    Example:
      nextbest erase 1609
    """
    if not yes:
        click.confirm("Erase this person from every table, file and bundle?", abort=True)
    s = settings()
    with opened_stores(s) as stores:
        receipt = _or_refused(lambda: _erased(stores, customer_id))
    if as_json:
        say_json(receipt)
    else:
        _say_receipt(receipt)
    sys.exit(0 if receipt["status"] == "completed" else 1)


def _erased(stores: "Stores", customer_id: str) -> dict[str, Any]:
    from serving.privacy.auditing import note_act
    from serving.privacy.erasing import Eraser
    from serving.privacy.home import Home
    from serving.privacy.ids import new_erasure_id

    receipt = Eraser(Home(stores, settings()), now, new_erasure_id).erase(customer_id)
    told = {"erasure_id": receipt["erasure_id"]}
    note_act(stores, ACTOR, "customer.erase", [customer_id], now(), told)
    return receipt


def _say_receipt(receipt: dict[str, Any]) -> None:
    say(f"erasure {receipt['erasure_id']}: {receipt['status']}. {receipt['pending']}".rstrip())
    for part, counts in receipt["removed"].items():
        for name, rows in counts.items():
            say(f"  {part:11s} {name:50s} {rows:>8,} removed")
    for one in receipt["remaining"]:
        say(f"  stays: {one['what']}: {one['why']}")


@click.command()
@click.option("--customer", "customer_id", help="Only lines about this customer.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True,
              help="Newest lines to show.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@one_line_errors
def audit(customer_id: str | None, limit: int, as_json: bool) -> None:
    """Show who saw or changed whose data, newest first.

    \b
    Example:
      nextbest audit --customer 1609
    """
    with opened_stores() as stores:
        subject = stores.pseudonyms.of(customer_id) if customer_id else None
        rows = stores.audit.page(None, limit, subject)
    if as_json:
        say_json({"audit": [{**r._asdict(), "detail": json.loads(r.detail)} for r in rows]})
        return
    for row in rows:
        when = dt.datetime.fromtimestamp(row.at, tz=dt.UTC).strftime("%Y-%m-%d %H:%M:%S")
        detail = "" if row.detail == "{}" else row.detail
        say(f"{when}  {row.act:18s} {row.actor:28s} {row.subject[:12]:12s} {detail}".rstrip())


def _or_refused(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what the work returns; a refusal is one line and exit code 1."""
    from serving.problems import Problem

    try:
        return work()
    except Problem as problem:
        click.echo(f"nextbest: {problem.message} {problem.remedy}", err=True)
        sys.exit(1)
