"""Command ``keys``: who may call the service."""

import datetime as dt
from typing import TYPE_CHECKING

import click

from nextbest.opened import opened_stores
from nextbest.terminal import now, one_line_errors, say, say_json

if TYPE_CHECKING:
    from serving.stores.opening import Stores
    from serving.stores.ports import KeyRow

SCOPES = ("decide", "ingest", "crm", "admin")
DAY = 86_400
_Scope = click.Choice(SCOPES)


@click.group(invoke_without_command=True)
@click.option("--scope", "scopes", type=_Scope, multiple=True, help="As of `keys add`.")
@click.option("--label", default="", help="As of `keys add`.")
@click.option("--revoke", metavar="KEY", help="As `keys revoke`.")
@click.pass_context
@one_line_errors
def keys(ctx: click.Context, scopes: tuple[str, ...], label: str, revoke: str | None) -> None:
    """Make, list, rotate and revoke API keys.

    A key is shown once; only its hash is stored. `nextbest keys --scope decide` is short for
    `nextbest keys add --scope decide`.

    \b
    Examples:
      nextbest keys add --scope decide --label webshop --days 365
      nextbest keys rotate webshop --grace-hours 48
      nextbest keys revoke 5c1f09aa
    """
    if ctx.invoked_subcommand is not None:
        return
    if revoke:
        _revoke(revoke)
    elif scopes:
        _add(scopes, label, None)
    else:
        raise click.UsageError(
            "name at least one --scope, or a command: add, list, rotate, revoke."
        )


@keys.command()
@click.option("--scope", "scopes", type=_Scope, multiple=True, required=True,
              help="What the key may do; may stand several times.")  # fmt: skip
@click.option("--label", default="", help="Who holds it.")
@click.option(
    "--days", type=click.IntRange(1, 3650), help="Days until it ends; never, if left out."
)
@one_line_errors
def add(scopes: tuple[str, ...], label: str, days: int | None) -> None:
    """Make a key and print it, once.

    \b
    Example:
      nextbest keys add --scope crm --label "crm desk" --days 90
    """
    _add(scopes, label, days)


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@one_line_errors
def list_(as_json: bool) -> None:
    """List the keys: their ids, never the keys.

    \b
    Example:
      nextbest keys list
    """
    from serving.auth import name_of

    with opened_stores() as stores:
        rows = stores.keys.all()
    told = [
        {
            "key_id": name_of(row),
            "label": row.label,
            "scopes": sorted(row.scopes),
            "created_at": row.created_at,
            "expires_at": row.expires_at,
            "state": _state(row),
        }
        for row in rows
    ]
    if as_json:
        say_json({"keys": told})
        return
    for row, one in zip(rows, told, strict=True):
        ends = _day(row.expires_at) if row.expires_at is not None else "never"
        say(f"{one['key_id']}  {' '.join(sorted(row.scopes)):24s} made {_day(row.created_at)}"
            f"  ends {ends:10s}  {one['state']:7s} {row.label}".rstrip())  # fmt: skip


@keys.command()
@click.argument("key")
@click.option("--grace-hours", type=click.IntRange(0, 720), default=24, show_default=True,
              help="Hours for which the old key opens what it did.")  # fmt: skip
@one_line_errors
def rotate(key: str, grace_hours: int) -> None:
    """Make the successor of KEY (its id or label) and print it; the old one ends soon.

    \b
    Example:
      nextbest keys rotate webshop
    """
    from serving.auth import name_of, rotate_key

    with opened_stores() as stores:
        old = _found(stores, key)
        say(rotate_key(stores.keys, old, now(), grace_hours * 3600))
        _note(stores, "keys.rotate", name_of(old))


@keys.command()
@click.argument("key")
@one_line_errors
def revoke(key: str) -> None:
    """Revoke KEY (its id or label, or the key itself); it opens nothing from the next request on.

    \b
    Example:
      nextbest keys revoke webshop
    """
    _revoke(key)


def _add(scopes: tuple[str, ...], label: str, days: int | None) -> None:
    from serving.auth import hash_key, issue_key, name_of

    moment = now()
    ends = None if days is None else moment + days * DAY
    with opened_stores() as stores:
        key = issue_key(stores.keys, frozenset(scopes), label, moment, ends)
        row = stores.keys.find(hash_key(key))
        _note(stores, "keys.add", name_of(row) if row else "")
    say(key)


def _revoke(key: str) -> None:
    from serving.auth import name_of

    with opened_stores() as stores:
        row = _found(stores, key)
        stores.keys.revoke(row.key_hash)
        _note(stores, "keys.revoke", name_of(row))
    say("revoked.")


def _found(stores: "Stores", key: str) -> "KeyRow":
    from features.errors import SettingError
    from serving.auth import hash_key, name_of

    rows = stores.keys.all()
    found = [
        row for row in rows if key in (name_of(row), row.label) or row.key_hash == hash_key(key)
    ]
    live = [row for row in found if _state(row) == "active"] or found
    if len(live) != 1:
        # The argument is not repeated: it may be a key.
        what = "no key" if not live else f"{len(live)} keys"
        raise SettingError(f"There is {what} of that id or label.", "see `nextbest keys list`.")
    return live[0]


def _note(stores: "Stores", act: str, key_id: str) -> None:
    from serving.privacy.auditing import note_act

    note_act(stores, "terminal", act, [], now(), {"key_id": key_id})


def _state(row: "KeyRow") -> str:
    return "ended" if row.expires_at is not None and row.expires_at <= now() else "active"


def _day(moment: int) -> str:
    return dt.datetime.fromtimestamp(moment, tz=dt.UTC).date().isoformat()
