"""What a visit holds beside views and carts: pages, wishes, searches in vain, kiosks."""

import numpy as np
import pandas as pd

from features.sources.simulated.world import DAY, Ints, Texts, World

PAGES_PER_VISIT = 0.4
WISH_SHARE = 0.03  # of the views
VAIN_SHARE = 0.05  # of the visits: a search that finds nothing
KIOSKS = 5  # tablets in the busiest shops, used by many
KIOSK_LOGINS = 40
TABLETS_SHARE = 0.01  # of the customers share a tablet with another one
NOT_SOLD = (
    "concert tickets", "gift wrap", "phone repair", "garden chair", "printer ink", "bredd",
    "tomatoe sause", "huile d'argan", "sans gluten bio vegan", "tyre",
)  # fmt: skip


def add_details(events: pd.DataFrame, world: World, rng: np.random.Generator) -> pd.DataFrame:
    """Add rows to the drawn events, and the number of articles each search found.

    Parameters
    ----------
    events
        From :func:`browsing.draw_events`.
    """
    visits = events.drop_duplicates("visit")
    pages = visits.loc[np.repeat(visits.index, rng.poisson(PAGES_PER_VISIT, len(visits)))]
    views = events[events["event_type"] == "product_view"]
    wishes = views[rng.random(len(views)) < WISH_SHARE]
    vain = visits[rng.random(len(visits)) < VAIN_SHARE]
    words = rng.choice(np.array(NOT_SOLD, dtype=object), len(vain))
    nothing = {"item_id": None, "query": None, "item": -1}
    parts = [
        events.assign(results=_found(events, world)),
        pages.assign(event_type="page_view", **nothing),
        wishes.assign(event_type="wishlist"),
        vain.assign(event_type="search", **{**nothing, "query": words}, results=0),
    ]
    more = pd.concat(parts, ignore_index=True)
    more["results"] = more["results"].astype("Int64")
    # In the middle of the ten seconds that lie between two of the visit's first events.
    added = np.arange(len(more)) >= len(events)
    more["occurred_at"] = np.minimum(
        more["occurred_at"] + np.where(added, rng.integers(1, 10, len(more)), 0), world.end
    )
    more["event_id"] = "ev-" + more.index.astype("str")
    return more


def _found(events: pd.DataFrame, world: World) -> pd.Series:
    """Articles that bear the name searched for; null outside searches."""
    names = pd.Series(world.words).value_counts()
    return events["query"].map(names).astype("Int64")


def draw_kiosks(world: World, rng: np.random.Generator) -> pd.DataFrame:
    """Draw shared devices: ``identifier_type``, ``value``, ``customer`` (index), ``at``.

    A tablet in each of the busiest shops, on which many customers log in after an order there,
    and tablets at home shared by two customers.
    """
    shops = pd.Series(world.order_shops).dropna().value_counts()
    busiest = sorted(shops.index, key=lambda shop: (-shops[shop], shop))[:KIOSKS]
    parts = []
    for shop in busiest:
        here = np.flatnonzero(world.order_shops == shop)
        order = rng.choice(here, min(KIOSK_LOGINS, len(here)), replace=False)
        parts.append(_logins("cookie", f"ck-kiosk-{shop}", world.order_customer[order],
                             world.order_at[order] + 60))  # fmt: skip
    n = len(world.customers)
    pairs = rng.choice(n, (max(1, int(n * TABLETS_SHARE)) // 2, 2), replace=False)
    for k, pair in enumerate(pairs):
        since = world.first_at[pair] + rng.integers(0, 60 * DAY, 2)
        parts.append(_logins("device", f"dv-{k:05d}", pair, since))
    logins = pd.concat(parts, ignore_index=True)
    logins = logins[logins["at"] <= world.end]
    return logins.sort_values(["value", "at", "customer"], kind="stable").drop_duplicates(
        ["value", "customer"]
    )


def _logins(kind: str, value: str, customer: Ints, at: Ints) -> pd.DataFrame:
    return pd.DataFrame({"identifier_type": kind, "value": value, "customer": customer, "at": at})


def kiosk_identifiers(world: World, logins: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``identifiers`` of the shared devices."""
    return pd.DataFrame(
        {
            "identifier_type": logins["identifier_type"],
            "value": logins["value"],
            "customer_id": world.customers[logins["customer"]],
            "observed_at": logins["at"],
        }
    )


def kiosk_events(world: World, logins: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One page and one view by popularity after each log-in on a shared device."""
    reach = np.cumsum(world.sales.astype(np.float64))
    item = np.searchsorted(reach, rng.random(len(logins)) * reach[-1], side="right")
    visit = pd.DataFrame(
        {
            "visitor_id": logins["value"].to_numpy(),
            "session_id": [f"se-shared-{k}" for k in range(len(logins))],
            "occurred_at": np.minimum(logins["at"].to_numpy() + 10, world.end),
            "event_type": "page_view",
            "device": "tablet",
            "channel": "app",
        }
    )
    items: Texts = world.items[item]
    seen = visit.assign(event_type="product_view", item_id=items)
    rows = pd.concat([visit, seen], ignore_index=True)
    return rows.assign(event_id="ev-shared-" + rows.index.astype("str"))
