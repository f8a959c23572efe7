"""Visits to the site: before an order, idle ones, and those of strangers."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.sources.simulated.identities import Cookies
from features.sources.simulated.world import DAY, Floats, Ints, Texts, World

PREPARED_SHARE = 0.4  # of the orders of a customer with a cookie
LEAD_DAYS = 1.0  # mean days from the visit to the order
MAX_LEAD_DAYS = 5.0
MIN_LEAD_SECONDS = 900
VIEW_SHARE = 0.25  # of the lines of a prepared order
MAX_VIEWS = 6
CART_SHARE = 0.35  # of the views of an item that is bought
SEARCH_SHARE = 0.2
CHECKOUT_SHARE = 0.3
NOISE_VIEWS = 1.5
IDLE_PER_COOKIE = 10.0
STRANGER_VISITS = 2.0
IDLE_VIEWS = 2.5
IDLE_CART_SHARE = 0.25  # of idle views: these carts are abandoned
IDLE_CART_KEPT_SHARE = 0.1  # of them: taken out again

DEVICES, DEVICE_SHARES = ("mobile", "desktop", "tablet"), (0.6, 0.32, 0.08)
REFERRERS, REFERRER_SHARES = ("direct", "search", "email", "social"), (0.45, 0.35, 0.12, 0.08)


@dataclass(frozen=True)
class Visits:
    """Visits before their content: cookie index, start in epoch seconds, order index or -1.

    All arrays have the shape (n_visits,).
    """

    cookie: Ints
    start: Ints
    order: Ints


def draw_events(world: World, cookies: Cookies, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the rows of ``events``, plus the index columns ``cookie`` and ``item`` (-1: none)."""
    visits = _join([_prepared(world, cookies, rng), _idle(world, cookies, rng)])
    bought = _bought_views(world, visits, rng)
    noise = _noise_views(world, visits, rng)
    views = pd.concat([bought, noise], ignore_index=True)
    parts = [_opening(visits), views, *_reactions(views, rng), _checkouts(visits, bought, rng)]
    return _finish(world, cookies, visits, pd.concat(parts, ignore_index=True), rng)


def _prepared(world: World, cookies: Cookies, rng: np.random.Generator) -> Visits:
    """Visits that come before an order, by the customer's own cookie."""
    cookie_of = np.full(len(world.customers), -1, dtype=np.int64)
    owned = np.flatnonzero(cookies.owner >= 0)
    cookie_of[cookies.owner[owned[::-1]]] = owned[::-1]
    cookie = cookie_of[world.order_customer]
    order = np.flatnonzero((cookie >= 0) & (rng.random(len(cookie)) < PREPARED_SHARE))
    days = np.minimum(rng.exponential(LEAD_DAYS, len(order)), MAX_LEAD_DAYS)
    start = world.order_at[order] - MIN_LEAD_SECONDS - (days * DAY).astype(np.int64)
    return Visits(cookie[order], start, order)


def _idle(world: World, cookies: Cookies, rng: np.random.Generator) -> Visits:
    """Visits that lead nowhere, at any time of the year."""
    mean = np.where(cookies.owner >= 0, IDLE_PER_COOKIE, STRANGER_VISITS)
    cookie = np.repeat(np.arange(len(cookies.owner)), rng.poisson(mean)).astype(np.int64)
    start = rng.integers(world.start, max(world.start + 1, world.end - DAY), len(cookie))
    return Visits(cookie, start, np.full(len(cookie), -1, dtype=np.int64))


def _join(parts: list[Visits]) -> Visits:
    return Visits(
        np.concatenate([part.cookie for part in parts]),
        np.concatenate([part.start for part in parts]),
        np.concatenate([part.order for part in parts]),
    )


def _events(visit: Ints, event_type: str, item: Ints, step: Ints | int) -> pd.DataFrame:
    return pd.DataFrame({"visit": visit, "event_type": event_type, "item": item, "step": step})


def _opening(visits: Visits) -> pd.DataFrame:
    visit = np.arange(len(visits.start))
    return _events(visit, "page_view", np.full(len(visit), -1), 0)


def _bought_views(world: World, visits: Visits, rng: np.random.Generator) -> pd.DataFrame:
    """Draw views of some of the lines of the order that follows."""
    visit_of = np.full(len(world.order_at), -1, dtype=np.int64)
    prepared = np.flatnonzero(visits.order >= 0)
    visit_of[visits.order[prepared]] = prepared
    visit = visit_of[world.line_order]
    seen = np.flatnonzero((visit >= 0) & (rng.random(len(visit)) < VIEW_SHARE))
    views = _events(visit[seen], "product_view", world.line_item[seen], 0)
    views["step"] = views.groupby("visit").cumcount() * 4 + 4
    views["bought"] = True
    return views[views["step"] <= 4 * MAX_VIEWS].reset_index(drop=True)


def _noise_views(world: World, visits: Visits, rng: np.random.Generator) -> pd.DataFrame:
    """Draw views of items by popularity, whatever is bought later."""
    mean = np.where(visits.order >= 0, NOISE_VIEWS, IDLE_VIEWS)
    visit = np.repeat(np.arange(len(mean)), rng.poisson(mean))
    views = _events(visit, "product_view", _popular(world, len(visit), rng), 0)
    views["step"] = views.groupby("visit").cumcount() * 4 + 4 * MAX_VIEWS + 4
    views["bought"] = visits.order[visit] >= 0
    return views


def _popular(world: World, size: int, rng: np.random.Generator) -> Ints:
    reach: Floats = np.cumsum(world.sales.astype(np.float64))
    drawn: Ints = np.searchsorted(reach, rng.random(size) * reach[-1], side="right")
    return drawn


def _reactions(views: pd.DataFrame, rng: np.random.Generator) -> list[pd.DataFrame]:
    """Draw searches just before a view; carts, and second thoughts, just after."""
    draw = rng.random(len(views))
    share = np.where(views["bought"], CART_SHARE, IDLE_CART_SHARE)
    carts = views[draw < share]
    regretted = carts[~carts["bought"] & (rng.random(len(carts)) < IDLE_CART_KEPT_SHARE)]
    searched = views[rng.random(len(views)) < SEARCH_SHARE]
    return [
        searched.assign(event_type="search", step=searched["step"] - 1),
        carts.assign(event_type="add_to_cart", step=carts["step"] + 1),
        regretted.assign(event_type="remove_from_cart", step=regretted["step"] + 2),
    ]


def _checkouts(visits: Visits, bought: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    visit = bought["visit"].unique().astype(np.int64)
    visit = visit[rng.random(len(visit)) < CHECKOUT_SHARE]
    return _events(visit, "checkout", np.full(len(visit), -1), 1_000)


def _finish(
    world: World,
    cookies: Cookies,
    visits: Visits,
    events: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Give times, devices and ids; drop what falls outside the period of the data."""
    events = events.sort_values(["visit", "step", "event_type"], kind="stable", ignore_index=True)
    visit = events["visit"].to_numpy()
    # Ten seconds at least lie between two events, and a visit ends within MIN_LEAD_SECONDS.
    place = events.groupby("visit").cumcount().to_numpy()
    events["occurred_at"] = visits.start[visit] + np.minimum(place * 10, MIN_LEAD_SECONDS - 60)
    events["cookie"] = visits.cookie[visit]
    item = events["item"].to_numpy().astype(np.int64)
    events["item_id"] = _pick(world.items, np.where(events["event_type"] == "search", -1, item))
    events["query"] = _pick(world.words, np.where(events["event_type"] == "search", item, -1))
    events["visitor_id"] = cookies.visitor[events["cookie"]]
    events["session_id"] = "se-" + events["visit"].astype("str")
    device = rng.choice(len(DEVICES), len(visits.start), p=DEVICE_SHARES)
    referrer = rng.choice(len(REFERRERS), len(visits.start), p=REFERRER_SHARES)
    events["device"] = np.array(DEVICES, dtype=object)[device[visit]]
    events["referrer"] = np.array(REFERRERS, dtype=object)[referrer[visit]]
    events["channel"] = np.where(rng.random(len(visits.start)) < 0.25, "app", "web")[visit]
    inside = events["occurred_at"].between(world.start, world.end)
    events = events[inside].reset_index(drop=True)
    events["event_id"] = "ev-" + events.index.astype("str")
    return events


def _pick(names: Texts, index: Ints) -> Texts:
    """Names by index; None where it is -1."""
    extended = np.append(names, [None])
    picked: Texts = extended[index]
    return picked
