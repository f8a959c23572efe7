"""Stock-outs met on the site, and what customers asked of the service."""

import numpy as np
import pandas as pd

from features.sources.simulated.comments import write_comments
from features.sources.simulated.identities import Cookies
from features.sources.simulated.phrases import CONTACT_TOPICS, MIXED, UNHAPPY
from features.sources.simulated.stock import ONLINE
from features.sources.simulated.world import DAY, HOUR, Ints, Texts, World

CONTACT_PER_ORDER = 0.006
CONTACT_AFTER_STOCK_OUT = 0.10
RESOLVED = {"stock": 0.55, "other": 0.8}
NAMED_ORDER_SHARE = 0.8  # of the contacts that an order led to
AGAIN_UNRESOLVED, AGAIN_RESOLVED = 0.45, 0.05  # share that asks again, the same thing
AGAIN_DAYS = 6
COMMENT_SHARE = 0.6
CHANNELS = ("phone", "email", "chat")


def met_stock_outs(events: pd.DataFrame, stock: pd.DataFrame, cookies: Cookies) -> pd.DataFrame:
    """Find views and carts of an item out of stock online: columns ``customer``, ``at``."""
    looked = events[events["event_type"].isin(["product_view", "add_to_cart"])]
    looked = looked[cookies.owner[looked["cookie"]] >= 0]
    levels = stock[stock["location_id"] == ONLINE].sort_values("as_of")
    matched = pd.merge_asof(
        looked[["occurred_at", "item", "cookie"]].sort_values("occurred_at", kind="stable"),
        levels[["as_of", "item", "status"]],
        left_on="occurred_at",
        right_on="as_of",
        by="item",
    )
    met = matched[matched["status"].isin(["out_of_stock", "discontinued"])]
    return pd.DataFrame(
        {
            "customer": cookies.owner[met["cookie"]],
            "at": met["occurred_at"].to_numpy().astype(np.int64),
        }
    )


def draw_contacts(world: World, met: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Draw first contacts: after orders, and after stock-outs met.

    Returns
    -------
    pandas.DataFrame
        ``customer`` (index), ``order`` (index, -1 for none), ``opened_at``, ``closed_at``,
        ``channel``, ``topic``, ``resolved``; finished by :func:`contact_rows`.
    """
    ordered = np.flatnonzero(rng.random(len(world.order_at)) < CONTACT_PER_ORDER)
    upset = np.flatnonzero(rng.random(len(met)) < CONTACT_AFTER_STOCK_OUT)
    customer = np.concatenate([world.order_customer[ordered], met["customer"].to_numpy()[upset]])
    trigger = np.concatenate([world.order_at[ordered], met["at"].to_numpy()[upset]])
    about_stock = np.arange(len(customer)) >= len(ordered)
    opened = trigger + rng.integers(HOUR, 3 * DAY, len(customer))
    closed = opened + (rng.exponential(2.0, len(customer)) * DAY).astype(np.int64) + 600
    share = np.where(about_stock, RESOLVED["stock"], RESOLVED["other"])
    resolved = (rng.random(len(customer)) < share) & (closed <= world.end)
    topics = np.array(CONTACT_TOPICS, dtype=object)
    topic = topics[rng.integers(0, len(topics), len(customer))]
    return pd.DataFrame(
        {
            "customer": customer,
            "order": np.concatenate([ordered, np.full(len(upset), -1)]),
            "opened_at": opened,
            "closed_at": np.where(resolved, closed, -1),
            "channel": np.array(CHANNELS)[rng.integers(0, 3, len(customer))],
            "topic": np.where(about_stock, "stock", topic),
            "resolved": resolved,
        }
    )


def draw_repeats(world: World, first: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Add second contacts within a week of the first, about the same thing, in any channel."""
    share = np.where(first["resolved"], AGAIN_RESOLVED, AGAIN_UNRESOLVED)
    again = first[rng.random(len(first)) < share]
    first_at = again["opened_at"].to_numpy()
    since = np.maximum(first_at, again["closed_at"].to_numpy())
    opened = np.minimum(
        since + rng.integers(HOUR, AGAIN_DAYS * DAY, len(again)), first_at + 7 * DAY - HOUR
    )
    closed = opened + (rng.exponential(1.0, len(again)) * DAY).astype(np.int64) + 600
    resolved = (rng.random(len(again)) < RESOLVED["other"]) & (closed <= world.end)
    repeats = again.assign(
        opened_at=opened,
        closed_at=np.where(resolved, closed, -1),
        channel=np.array(CHANNELS)[rng.integers(0, 3, len(again))],
        resolved=resolved,
    )
    return pd.concat([first.assign(again=False), repeats.assign(again=True)], ignore_index=True)


def contact_rows(
    world: World, contacts: pd.DataFrame, french: Ints, rng: np.random.Generator
) -> pd.DataFrame:
    """Finish the rows of ``service_contacts``: ids, orders, words; keeps the index columns."""
    rows = contacts[contacts["opened_at"] <= world.end]
    rows = rows.sort_values(["opened_at", "customer"], kind="stable", ignore_index=True)
    rows["contact_id"] = "sc-" + rows.index.astype("str")
    rows["customer_id"] = world.customers[rows["customer"]]
    rows["closed_at"] = rows["closed_at"].astype("Int64").where(rows["closed_at"] > 0)
    named = (rows["order"] >= 0) & (rng.random(len(rows)) < NAMED_ORDER_SHARE)
    rows["order_id"] = pd.Series(world.orders[rows["order"]], dtype=object).where(named, None)
    rows["comment"] = _words(rows, french, rng)
    return rows


def _words(rows: pd.DataFrame, french: Ints, rng: np.random.Generator) -> Texts:
    """Who asks has trouble: two of three unhappy, the others mixed."""
    tone = np.where(rng.random(len(rows)) < 2 / 3, UNHAPPY, MIXED)
    words = write_comments(rows["topic"].to_numpy(), tone, french[rows["customer"]], rng)
    words[rng.random(len(rows)) >= COMMENT_SHARE] = None
    return words
