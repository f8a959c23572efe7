"""Cookies and loyalty cards."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.sources.simulated.world import DAY, Ints, Texts, World

DIGITAL_SHARE = 0.75
SECOND_COOKIE_SHARE = 0.3
LINKED_SHARE = 0.85
ANONYMOUS_PER_CUSTOMER = 1.5
LINK_DAYS = 120


@dataclass(frozen=True)
class Cookies:
    """Visitors of the site.

    Parameters
    ----------
    visitor
        Cookie values, shape (n_cookies,).
    owner
        Customer index behind each cookie, -1 for a stranger, shape (n_cookies,).
    linked_at
        Epoch seconds of the first log-in, -1 for never, shape (n_cookies,).
    """

    visitor: Texts
    owner: Ints
    linked_at: Ints


def draw_cookies(world: World, rng: np.random.Generator) -> Cookies:
    """Give most customers one or two cookies, most of which log in at some time."""
    n = len(world.customers)
    digital = np.flatnonzero(rng.random(n) < DIGITAL_SHARE)
    second = digital[rng.random(len(digital)) < SECOND_COOKIE_SHARE]
    strangers = np.full(int(n * ANONYMOUS_PER_CUSTOMER), -1, dtype=np.int64)
    owner = np.concatenate([digital, second, strangers]).astype(np.int64)
    first = np.where(owner >= 0, world.first_at[owner], world.start)
    when = first + (rng.random(len(owner)) * LINK_DAYS * DAY).astype(np.int64)
    linked = (owner >= 0) & (rng.random(len(owner)) < LINKED_SHARE) & (when <= world.end)
    visitor = np.array([f"ck-{k:06d}" for k in range(len(owner))], dtype=object)
    return Cookies(visitor, owner, np.where(linked, when, -1))


def identifier_rows(world: World, cookies: Cookies) -> pd.DataFrame:
    """Rows of ``identifiers``: linked cookies, and one loyalty card a customer."""
    linked = cookies.linked_at >= 0
    cards = pd.DataFrame(
        {
            "identifier_type": "loyalty_card",
            "value": "lc-" + pd.Series(world.customers, dtype="str"),
            "customer_id": world.customers,
            "observed_at": world.first_at,
        }
    )
    web = pd.DataFrame(
        {
            "identifier_type": "cookie",
            "value": cookies.visitor[linked],
            "customer_id": world.customers[cookies.owner[linked]],
            "observed_at": cookies.linked_at[linked],
        }
    )
    return pd.concat([cards, web], ignore_index=True)
