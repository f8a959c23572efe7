"""Pages of the customers, in the order of their ids: a page starts after an id, not at a number.

A cursor names the last id of a page, so customers who come or go between two pages neither repeat
nor hide anybody else.
"""

import binascii
import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, Final

from bundle.contents import Bundle
from serving.action_inputs import number
from serving.customer_requests import CustomersQuery
from serving.problems import Problem, shortened
from serving.world import World

_FACTS: Final = ("orders_total", "days_since_last_purchase")
_CHANNEL: Final = "web"


def list_customers(
    world: World, roster: Sequence[str], query: CustomersQuery, now: int
) -> dict[str, Any]:
    """Return one page, ``{customers, next}``.

    Parameters
    ----------
    roster
        Every customer_id of the bundle, sorted.
    now
        Epoch seconds: consent is read as of it.

    Raises
    ------
    Problem
        404, when the cursor is not one of ours, or of another query: there is no such page.
    """
    words = (query.query or "").casefold()
    found = _matching(roster, _after(query.cursor, words), words)
    # One more than asked tells whether there is another page.
    ids = [customer for _, customer in zip(range(query.limit + 1), found, strict=False)]
    page = ids[: query.limit]
    more = len(ids) > query.limit
    return {
        "customers": _facts(world, page, now),
        "next": _cursor(page[-1], words) if more else None,
    }


def roster_of(bundle: Bundle) -> list[str]:
    """Return every customer_id of a bundle, sorted as text."""
    return sorted(bundle.customers.ids.tolist())


def _matching(roster: Sequence[str], after: str, words: str) -> Iterator[str]:
    for k in range(bisect_right(roster, after), len(roster)):
        if words in roster[k].casefold():
            yield roster[k]


def _facts(world: World, ids: Sequence[str], now: int) -> list[dict[str, Any]]:
    if not ids:
        return []
    people = world.people([(customer, None) for customer in ids])
    bundle, profiles = world.bundle, world.profiles(people, _CHANNEL, now)
    granted = people.allow("personalisation", _CHANNEL, now).tolist()
    rows = people.indices.tolist()
    at = {name: bundle.column_positions[name] for name in _FACTS if name in bundle.column_positions}
    return [
        {
            "customer_id": customer,
            "country": str(bundle.customers.countries[row]) or None,
            "home_location_id": str(bundle.customers.home_locations[row]) or None,
            "personalisation": granted[k],
            **{name: number(profiles[k, at[name]]) if name in at else None for name in _FACTS},
        }
        for k, (customer, row) in enumerate(zip(ids, rows, strict=True))
    ]


def _cursor(last: str, words: str) -> str:
    told = json.dumps([last, _digest(words)], ensure_ascii=False)
    return urlsafe_b64encode(told.encode()).decode()


def _digest(words: str) -> str:
    return hashlib.blake2b(words.encode(errors="replace"), digest_size=6).hexdigest()


def _after(cursor: str | None, words: str) -> str:
    """Return the id that the page starts after, empty for the first page."""
    if not cursor:
        return ""
    try:
        last, its_words = json.loads(urlsafe_b64decode(cursor.encode()))
    except (binascii.Error, ValueError, TypeError) as error:
        raise _bad_cursor(cursor, "is none that this service gave") from error
    if not isinstance(last, str) or its_words != _digest(words):
        raise _bad_cursor(cursor, "belongs to another query")
    return last


def _bad_cursor(cursor: str, why: str) -> Problem:
    return Problem(
        404,
        "unknown_cursor",
        f"cursor {shortened(cursor)} {why}.",
        "cursor",
        "send next of the page before with the same query, or leave cursor out for the first page",
    )
