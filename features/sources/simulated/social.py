"""Accounts on social networks, and what they posted."""

import numpy as np
import pandas as pd

from features.sources.simulated.comments import tones, write_comments
from features.sources.simulated.customers import Characters, draw_mood, level_of, recent
from features.sources.simulated.phrases import SHOP_TOPICS
from features.sources.simulated.world import DAY, World

LINKED_SHARE = 0.08  # of the customers have an account that the shop knows
STRANGERS_PER_LINKED = 1.0
POSTS_PER_ACCOUNT = 2.0
LINK_DAYS = 200
NETWORKS, NETWORK_SHARES = ("instagram", "facebook", "x"), (0.45, 0.35, 0.2)


def draw_accounts(world: World, rng: np.random.Generator) -> pd.DataFrame:
    """Draw accounts: ``value``, ``network``, ``customer`` (index), ``linked_at`` (-1: never)."""
    n = len(world.customers)
    linked = np.flatnonzero(rng.random(n) < LINKED_SHARE)
    strangers = rng.integers(0, n, int(len(linked) * STRANGERS_PER_LINKED))
    customer = np.concatenate([linked, strangers])
    when = world.first_at[customer] + (rng.random(len(customer)) * LINK_DAYS * DAY).astype(np.int64)
    known = (np.arange(len(customer)) < len(linked)) & (when <= world.end)
    return pd.DataFrame(
        {
            "value": [f"so-{k:05d}" for k in range(len(customer))],
            "network": rng.choice(
                np.array(NETWORKS, dtype=object), len(customer), p=NETWORK_SHARES
            ),
            "customer": customer,
            "linked_at": np.where(known, when, -1),
        }
    )


def account_rows(world: World, accounts: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``identifiers``: the accounts that customers told us."""
    known = accounts[accounts["linked_at"] >= 0]
    return pd.DataFrame(
        {
            "identifier_type": "social",
            "value": known["value"],
            "customer_id": world.customers[known["customer"]],
            "observed_at": known["linked_at"],
        }
    )


def draw_mentions(
    world: World,
    accounts: pd.DataFrame,
    characters: Characters,
    met: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Draw the rows of ``social_mentions``: in the mood of the moment, as in the surveys."""
    account = np.repeat(np.arange(len(accounts)), rng.poisson(POSTS_PER_ACCOUNT, len(accounts)))
    posted = rng.integers(world.start, world.end + 1, len(account))
    customer = accounts["customer"].to_numpy()[account]
    after_out = recent(met, customer, posted)
    none = np.zeros(len(account), dtype=np.bool_)
    mood = draw_mood(characters, customer, after_out, none, rng)
    topic = rng.choice(np.array(SHOP_TOPICS, dtype=object), len(account))
    topic = np.where(after_out & (rng.random(len(account)) < 0.7), "stock", topic)
    rows = pd.DataFrame(
        {
            "identifier": accounts["value"].to_numpy()[account],
            "posted_at": posted,
            "network": accounts["network"].to_numpy()[account],
            "text": write_comments(
                topic, tones(level_of(mood), rng), characters.french[customer], rng
            ),
        }
    )
    rows = rows.sort_values(["posted_at", "identifier"], kind="stable", ignore_index=True)
    return rows.assign(mention_id="so-m" + rows.index.astype("str"))
