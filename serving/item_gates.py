"""Where an order would be served from, and what the gates say of every item there."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bundle.contents import Bundle
from decisioning.reasons import CODE
from serving.requests import ItemFilter, RecommendationsRequest

Verdicts = NDArray[np.int16]
HOME = "home"
_NO_FILTER: Final = ItemFilter()


def location_of(bundle: Bundle, channel: str, asked: str | None, customer: int) -> str:
    """Return the location whose stock serves a request; empty when there is none.

    ``customer`` is -1 unless what we know of them may be used: which shop is theirs is part of it.
    """
    if asked:
        return asked
    place = bundle.policy.stock_location.get(channel, "")
    if place != HOME:
        return place
    home = str(bundle.customers.home_locations[customer]) if customer >= 0 else ""
    return home or bundle.policy.stock_fallback


def trade_row(bundle: Bundle, place: str, asked: str | None, customer: int) -> int:
    """Return the row of the tables by location that tells what sells for a request.

    That of the place it is served from; where that has none of its own and nobody asked for it
    (the warehouse behind the web shop), that of the customer's shop; else 0, all of them.

    Parameters
    ----------
    place, asked, customer
        As `location_of` returns and takes them.
    """
    row = bundle.place_rows.get(place, 0)
    if row == 0 and not asked and customer >= 0:
        row = bundle.place_rows.get(str(bundle.customers.home_locations[customer]), 0)
    return row


def item_verdicts(bundle: Bundle, request: RecommendationsRequest, stocked: Verdicts) -> Verdicts:
    """Gate every item for one request: catalogue, filter, exclusions, stock; int16 (n_items,).

    Parameters
    ----------
    stocked
        int16 (n_items,), not changed: what catalogue and stock say. It is what is returned where
        the request rules nothing out: all of a large catalogue is not copied for nothing.
    """
    named = [*request.exclude_item_ids, *request.context.basket]
    if request.context.item_id:
        named.append(request.context.item_id)
    if not named and request.filter == _NO_FILTER:
        return stocked
    verdict = stocked.copy()
    if request.filter != _NO_FILTER:
        verdict[~_matches(bundle, request.filter)] = CODE["filtered"]
    excluded = bundle.item_map.index_of(named)
    verdict[excluded[excluded >= 0]] = CODE["excluded"]
    return verdict


def _matches(bundle: Bundle, wanted: ItemFilter) -> NDArray[np.bool_]:
    items = bundle.items
    matches = np.ones(items.ids.shape, dtype=np.bool_)
    if wanted.category is not None:
        matches &= within(items.category_paths, wanted.category)
    if wanted.brand is not None:
        matches &= items.brands == wanted.brand
    if wanted.item_ids is not None:
        named = bundle.item_map.index_of(wanted.item_ids)
        matches &= np.isin(np.arange(matches.size), named)
    if wanted.price_max is not None:
        # An unknown price is not known to be under the limit.
        matches &= items.list_price <= wanted.price_max * 100.0
    return matches


def within(paths: NDArray[np.str_], category: str) -> NDArray[np.bool_]:
    """Tell which paths are a category or lie below it."""
    return np.asarray(np.char.startswith(paths, category + " > ") | (paths == category))


def sensitive_items(bundle: Bundle) -> NDArray[np.bool_]:
    """Return the items of whose categories no reason says anything, bool (n_items,)."""
    hidden = np.zeros(bundle.items.ids.shape, dtype=np.bool_)
    for category in bundle.policy.items.sensitive_categories:
        hidden |= within(bundle.items.category_paths, category)
    return hidden
