"""Requests for items, as a block for the core; its decisions, as answers and records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bundle.contents import Bundle
from decisioning.draws import draws, mixed
from decisioning.items import ItemBlock, ItemDecision, decide_items
from decisioning.place_items import decide_place
from decisioning.policy import DAY
from decisioning.reasons import CODE, PASSED, REASONS, sentence
from decisioning.recommender.places.moments import due_in_days
from decisioning.recommender.state import RecommenderState
from decisioning.stock import StockView
from serving.item_gates import item_verdicts, location_of, trade_row
from serving.item_reasons import Grounds, Language, named_anchors, reason_text
from serving.newcomers import for_newcomers
from serving.places import BY_DOINGS, IN_SESSION, PLACES, Asker, fills, ground_of, last_search
from serving.recent import read_ignored, read_recent
from serving.requests import RecommendationsRequest
from serving.world import People, World

Verdicts = NDArray[np.int16]
NEW_ITEM = "new_item"


@dataclass(frozen=True)
class DecidedItems:
    """The core's decision on one request, with the stock it was taken on.

    Parameters
    ----------
    grounds
        What the reasons are made of.
    language
        In which they are written.
    by_purchases
        Whether of all that its subject did since the bundle was made only purchases have a say.
    """

    decision: ItemDecision
    stock: StockView
    grounds: Grounds
    language: Language
    by_purchases: bool


def decide_requests(
    world: World,
    people: People,
    requests: Sequence[RecommendationsRequest],
    as_of: int,
    bears: NDArray[np.bool_] | None = None,
) -> list[DecidedItems]:
    """Decide a block of requests of one goal and one length.

    Parameters
    ----------
    people
        Their subjects, in the same order.
    as_of
        The moment, epoch seconds UTC.
    bears
        bool (n_items,): items that bear the discount they are asked for at; None for no discount.
    """
    bundle, rules = world.bundle, world.bundle.policy.items
    personal = _personal(people, requests, as_of)
    homes = np.where(personal, people.indices, -1).tolist()
    places = [
        location_of(bundle, r.channel, r.context.location_id, home)
        for r, home in zip(requests, homes, strict=True)
    ]
    views = [world.stock.view(place) for place in places]
    gate = partial(world.stock.verdicts, policy=bundle.policy, as_of=as_of)
    gated = [gate(place, bundle.items.discontinued) for place in places]
    verdicts = _verdicts(bundle, requests, gated, bears)
    recent = read_recent(world.stores, bundle, people, personal, as_of)
    state, customers = recent.state(bundle.state, people.indices)
    block = ItemBlock(
        customers=customers,
        personal=personal,
        verdicts=verdicts,
        locations=np.array(
            [
                trade_row(bundle, place, r.context.location_id, home)
                for r, place, home in zip(requests, places, homes, strict=True)
            ],
            dtype=np.int64,
        ),
        goal=requests[0].goal,
        n=requests[0].n,
        policy=rules,
        ignored=read_ignored(world.stores, bundle, people, personal, as_of)
        if rules.diversity.ignored_penalty > 0
        else None,
        fresh=world.fresh,
        draw=draws(bundle.policy.seed, NEW_ITEM, mixed(people.keys, np.uint64(as_of))),
        stands_in=False,
    )
    askers = [
        Asker(
            request=request,
            customer=int(customers[k]),
            allowed=bool(personal[k]),
            doings=recent.doings[k],
            row=int(block.locations[k]),
            home=homes[k] >= 0 and not request.context.location_id,
            verdicts=verdicts[k],
            sought=world.sought(last_search(recent.doings[k])),
        )
        for k, request in enumerate(requests)
    ]
    decided, by_purchases = _decide(bundle, state, block, askers)
    if block.goal not in PLACES:
        decided = for_newcomers(bundle, state, decided, askers, homes)
    return [
        DecidedItems(
            decided[k],
            views[k],
            _grounds(world, state, decided[k], askers[k], recent.bought_at(k)),
            request.language,
            by_purchases[k],
        )
        for k, request in enumerate(requests)
    ]


def _verdicts(
    bundle: Bundle,
    requests: Sequence[RecommendationsRequest],
    gated: Sequence[Verdicts],
    bears: NDArray[np.bool_] | None,
) -> Verdicts:
    """Return what the gates say of every item for each request, int16 (m, n_items)."""
    told = [item_verdicts(bundle, r, stocked) for r, stocked in zip(requests, gated, strict=True)]
    if bears is None:
        # Of one request those of the stock gate stay as they are, with what is known of them.
        return told[0][None] if len(told) == 1 else np.stack(told)
    verdicts = np.stack(told)
    verdicts[(verdicts == PASSED) & ~bears] = CODE["price_floor"]
    return verdicts


def _grounds(
    world: World,
    state: RecommenderState,
    decision: ItemDecision,
    asker: Asker,
    bought_at: Mapping[int, int],
) -> Grounds:
    due_at: dict[int, int] = {}
    if asker.request.goal == "replenish" and decision.personalised:
        items = np.array([one.item for one in decision.slate], dtype=np.int64)
        days = due_in_days(state, asker.customer, items).tolist()
        for item, left in zip(items.tolist(), days, strict=True):
            # A posted purchase counts as one of the bundle's moment, and was made later.
            since = bought_at.get(item, world.bundle.manifest.as_of)
            due_at[item] = since + int(left * DAY)
    return Grounds(
        bought_at,
        due_at,
        named_anchors(world.bundle, decision),
        _chances(world, decision, asker),
        world.sensitive,
    )


def _chances(world: World, decision: ItemDecision, asker: Asker) -> dict[int, float]:
    """Return how likely each item is bought, of those that a ranker put forward for the goal."""
    table = world.bundle.chances.get(asker.request.goal)
    ranked = {c.item for c in decision.lineup.ranked if not c.place}
    told = [one for one in decision.slate if one.item in ranked]
    if table is None or not told:
        return {}
    mean = table.apply(np.array([one.score for one in told])).mean.tolist()
    return {one.item: chance for one, chance in zip(told, mean, strict=True)}


def _decide(
    bundle: Bundle, state: RecommenderState, block: ItemBlock, askers: Sequence[Asker]
) -> tuple[list[ItemDecision], list[bool]]:
    """Decide by the rankers, or for a place; who never bought anything, by their session.

    Returns
    -------
    The decisions, and whether of each one's doings only purchases have a say in it.
    """
    if block.goal in PLACES:
        placed = [_at_place(bundle, state, asker, block.goal) for asker in askers]
        return placed, [block.goal not in BY_DOINGS] * len(askers)
    decided = decide_items(block, state, bundle.rankers)
    cold = [one.fallback == "cold_start" for one in decided]
    for row, asker in enumerate(askers):
        if cold[row] and block.goal != "replenish" and asker.doings:
            decided[row] = _at_place(bundle, state, asker, IN_SESSION)
    return decided, [not one for one in cold]


def _at_place(bundle: Bundle, state: RecommenderState, asker: Asker, goal: str) -> ItemDecision:
    ground = ground_of(goal, state, asker)
    if goal == IN_SESSION:
        asker = asker.past_the_basket()
    said = PLACES[goal](bundle, state, asker)
    popularity = state.items.popularity_at[asker.row]
    n = asker.request.n
    return decide_place(said, asker.verdicts, popularity, ground, n, fills=fills(goal))


def _personal(
    people: People, requests: Sequence[RecommendationsRequest], as_of: int
) -> NDArray[np.bool_]:
    channels = sorted({r.channel for r in requests})
    allowed = {c: people.allow("personalisation", c, as_of) for c in channels}
    return np.array([allowed[r.channel][k] for k, r in enumerate(requests)], dtype=np.bool_)


def items_answer(bundle: Bundle, decided: DecidedItems) -> list[dict[str, Any]]:
    """Return the slate as the API writes it."""
    return [
        {
            "item_id": str(bundle.items.ids[ranked.item]),
            "name": str(bundle.items.names[ranked.item]),
            "rank": rank,
            "score": ranked.score,
            "probability": decided.grounds.chances.get(ranked.item),
            "action_probability": ranked.probability,
            "reason": ranked.reason,
            "reason_text": reason_text(ranked, bundle, decided.grounds, decided.language),
            "because": _because(bundle, decided, ranked.item),
            "due_at": decided.grounds.due_at.get(ranked.item),
            "stock": {
                "location_id": decided.stock.location_id,
                "quantity": float(decided.stock.quantity[ranked.item]),
                "as_of": int(decided.stock.as_of[ranked.item]),
            },
        }
        for rank, ranked in enumerate(decided.decision.slate, start=1)
    ]


def _because(bundle: Bundle, decided: DecidedItems, item: int) -> str | None:
    anchor = decided.grounds.anchor(item)
    return None if anchor is None else str(bundle.items.ids[anchor])


def dropped_items(bundle: Bundle, decision: ItemDecision) -> list[dict[str, Any]]:
    """Return the refused items that would have stood in the slate, with stage and reason."""
    return [
        {
            "item_id": str(bundle.items.ids[item]),
            "stage": REASONS[verdict].stage,
            "reason": REASONS[verdict].code,
            "detail": sentence(verdict),
        }
        for item, verdict in decision.dropped
    ]


def refused_counts(decision: ItemDecision) -> dict[str, int]:
    """Return how many items of the catalogue each gate refused, by reason code."""
    return {REASONS[v].code: n for v, n in decision.refused.items() if v != PASSED}
