"""Stock-outs met on the site, service contacts, and answers to surveys."""

import numpy as np
import pandas as pd

from features.sources.simulated.identities import Cookies
from features.sources.simulated.phrases import COMMENTS, TOPICS
from features.sources.simulated.stock import ONLINE
from features.sources.simulated.world import DAY, HOUR, Floats, Ints, World

CONTACT_PER_ORDER = 0.006
CONTACT_AFTER_STOCK_OUT = 0.10
RESOLVED = {"stock": 0.55, "other": 0.8}
ANSWER_PER_ORDER = 0.03
ANSWER_AFTER_TROUBLE = 1.6
MEMORY_DAYS = 60
STOCK_OUT_PENALTY = 0.9  # in standard deviations of satisfaction
CONTACT_PENALTY = 0.7
COMMENT_SHARE = 0.4
# metric, share of the surveys, lowest score, highest score
SCALES = (("nps", 0.4, 0, 10), ("csat", 0.35, 1, 5), ("stars", 0.25, 1, 5))


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
    """Draw the rows of ``service_contacts``, with the customer index in ``customer``."""
    ordered = np.flatnonzero(rng.random(len(world.order_at)) < CONTACT_PER_ORDER)
    upset = np.flatnonzero(rng.random(len(met)) < CONTACT_AFTER_STOCK_OUT)
    customer = np.concatenate([world.order_customer[ordered], met["customer"].to_numpy()[upset]])
    trigger = np.concatenate([world.order_at[ordered], met["at"].to_numpy()[upset]])
    about_stock = np.arange(len(customer)) >= len(ordered)
    opened = trigger + rng.integers(HOUR, 3 * DAY, len(customer))
    closed = opened + (rng.exponential(2.0, len(customer)) * DAY).astype(np.int64) + 600
    share = np.where(about_stock, RESOLVED["stock"], RESOLVED["other"])
    resolved = (rng.random(len(customer)) < share) & (closed <= world.end)
    topic = np.array(TOPICS, dtype=object)[rng.integers(0, len(TOPICS), len(customer))]
    contacts = pd.DataFrame(
        {
            "customer": customer,
            "customer_id": world.customers[customer],
            "opened_at": opened,
            "closed_at": pd.array(np.where(resolved, closed, -1), dtype="Int64"),
            "channel": np.array(["phone", "email", "chat"])[rng.integers(0, 3, len(customer))],
            "topic": np.where(about_stock, "stock", topic),
            "resolved": resolved,
        }
    )
    contacts["closed_at"] = contacts["closed_at"].where(contacts["closed_at"] > 0)
    contacts = contacts[contacts["opened_at"] <= world.end]
    contacts = contacts.sort_values(["opened_at", "customer"], kind="stable", ignore_index=True)
    contacts["contact_id"] = "sc-" + contacts.index.astype("str")
    return contacts


def draw_feedback(
    world: World, met: pd.DataFrame, contacts: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw the rows of ``feedback``: unhappy customers answer more, and lower."""
    n = len(world.customers)
    eager = rng.lognormal(-0.3, 0.8, n)
    temper = rng.normal(0.0, 1.0, n)
    contacted = pd.DataFrame({"customer": contacts["customer"], "at": contacts["opened_at"]})
    after_out = _recent(world, met)
    after_contact = _recent(world, contacted)
    trouble = after_out | after_contact
    rate = ANSWER_PER_ORDER * eager[world.order_customer]
    rate = rate * np.where(trouble, ANSWER_AFTER_TROUBLE, 1.0)
    order = np.flatnonzero(rng.random(len(rate)) < rate)
    customer = world.order_customer[order]
    mood = (
        0.6 * temper[customer]
        + 0.8 * rng.normal(0.0, 1.0, len(order))
        - STOCK_OUT_PENALTY * after_out[order]
        - CONTACT_PENALTY * after_contact[order]
    )
    answered = world.order_at[order] + rng.integers(HOUR, 5 * DAY, len(order))
    rows = _answers(mood, rng).assign(
        customer_id=world.customers[customer],
        answered_at=answered,
        touchpoint=np.where(after_contact[order], "service", "shop"),
        after_stock_out=after_out[order],
    )
    rows = rows[rows["answered_at"] <= world.end]
    rows = rows.sort_values(["answered_at", "customer_id"], kind="stable", ignore_index=True)
    rows["feedback_id"] = "fb-" + rows.index.astype("str")
    return rows


def _recent(world: World, happened: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether each order follows something by at most ``MEMORY_DAYS``, shape (n_orders,)."""
    # One sorted axis per customer: customer index and time folded into one number.
    fold = 10**11
    marks: Ints = np.sort(
        happened["customer"].to_numpy().astype(np.int64) * fold
        + happened["at"].to_numpy().astype(np.int64)
    )
    upto = world.order_customer * fold + world.order_at
    return np.asarray(
        np.searchsorted(marks, upto) > np.searchsorted(marks, upto - MEMORY_DAYS * DAY)
    )


def _answers(mood: Floats, rng: np.random.Generator) -> pd.DataFrame:
    """Turn a mood (mean 0, deviation 1) into scores and words."""
    shares = [share for _, share, _, _ in SCALES]
    kind = rng.choice(len(SCALES), len(mood), p=shares)
    low = np.array([scale[2] for scale in SCALES])[kind]
    high = np.array([scale[3] for scale in SCALES])[kind]
    level = 1 / (1 + np.exp(-(1.1 + 1.2 * mood)))
    score = np.rint(low + level * (high - low)).astype(np.int64)
    tone = np.digitize(level, [0.45, 0.75])
    words = np.array(COMMENTS, dtype=object)
    comment = words[tone, rng.integers(0, words.shape[1], len(mood))]
    comment[rng.random(len(mood)) >= COMMENT_SHARE] = None
    return pd.DataFrame(
        {
            "metric": np.array([scale[0] for scale in SCALES], dtype=object)[kind],
            "score": score,
            "comment": comment,
        }
    )
