"""Who has no past that may be read: what is popular with people of whom as much is known.

Location, channel and referrer are those of the request. What the customer declared, and which shop
is theirs, is read only where they grant ``personalisation``.
"""

from collections.abc import Sequence

from bundle.contents import Bundle
from decisioning.items import ItemDecision
from decisioning.new_items import named_as_new
from decisioning.newcomer_items import stand_in
from decisioning.recommender.places.segments import origin, popular_with
from decisioning.recommender.state import RecommenderState
from serving.places import Asker


def for_newcomers(
    bundle: Bundle,
    state: RecommenderState,
    decided: Sequence[ItemDecision],
    askers: Sequence[Asker],
    customers: Sequence[int],
) -> list[ItemDecision]:
    """Return the decisions, those that are not personal with what their segment buys.

    In the others, what nobody bought yet is named as new.

    Parameters
    ----------
    customers
        Index of each in the bundle, -1 where unknown or where it may not be used.
    """
    return [
        named_as_new(one, state.items.lines, asker.request.n)
        if one.fallback is None
        else _of_segment(bundle, state, one, asker, customer)
        for one, asker, customer in zip(decided, askers, customers, strict=True)
    ]


def _of_segment(
    bundle: Bundle, state: RecommenderState, decision: ItemDecision, asker: Asker, customer: int
) -> ItemDecision:
    segments, request = bundle.shelves.segments, asker.request
    location = str(bundle.places.ids[asker.row])
    cells = [
        segments.cell("location", location),
        segments.cell("channel", request.channel),
        segments.cell("referrer", origin(request.context.referrer)),
    ]
    own_shop = False
    if customer >= 0:
        cells += segments.declared[customer].tolist()
        own_shop = location == str(bundle.customers.home_locations[customer])
    said = popular_with(segments, cells, own_shop and not request.context.location_id)
    # What fills up is everybody's: a place may have figures of its own from fewer customers.
    popularity = state.items.popularity_at[0]
    return stand_in(decision, said, asker.verdicts, popularity, request.n)
