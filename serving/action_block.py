"""Requests for actions as a block for the core: what is known of everybody at this moment."""

import numpy as np
from numpy.typing import NDArray

from decisioning.action_block import ActionBlock, Situation
from decisioning.catalogue import GOALS
from decisioning.item_candidates import passed, refused_counts
from decisioning.ledger import ContactLedger
from decisioning.reasons import PASSED
from decisioning.recommender.state import RecommenderState
from serving.item_gates import item_verdicts, location_of
from serving.recent import read_recent
from serving.requests import NextBestActionsRequest, RecommendationsRequest, Subject
from serving.world import People, World

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Verdicts = NDArray[np.int16]
_NONE = -1


def action_block(
    world: World, people: People, request: NextBestActionsRequest, as_of: int
) -> tuple[ActionBlock, Situation]:
    """Lay out a block of people who share channel, direction, length and context.

    Parameters
    ----------
    request
        What they share; its own subject is not read.
    as_of
        The moment, epoch seconds UTC.
    """
    bundle = world.bundle
    profiles = world.profiles(people, request.channel, as_of)
    scores = world.propensities(profiles)
    sellable, margins = _shelves(world, people, request, as_of)
    block = ActionBlock(
        subjects=people.decided,
        keys=people.keys,
        known=people.indices >= 0,
        columns=world.columns_read(profiles, scores),
        consents=people.ledger,
        contacts=ContactLedger.of(world.contacts(people, as_of), bundle.actions),
        sellable=sellable,
        margins=margins,
        responses=world.responses(scores, len(people.subjects)),
        uplifts=world.uplifts(scores, profiles),
        utc_offset_s=world.utc_offsets(people, as_of),
    )
    situation = Situation(
        channel=request.channel,
        direction=request.direction,
        as_of=as_of,
        n=request.n,
        seed=bundle.policy.seed,
    )
    return block, situation


def items_request(
    customer: str, goal: str, n: int, request: NextBestActionsRequest
) -> RecommendationsRequest:
    """Ask for the items of an action as a request for items would."""
    return RecommendationsRequest(
        subject=Subject(customer_id=customer),
        channel=request.channel,
        n=n,
        goal=goal,  # type: ignore[arg-type]
        context=request.context,
    )


def _shelves(
    world: World, people: People, request: NextBestActionsRequest, as_of: int
) -> tuple[dict[str, Mask], dict[str, Floats]]:
    """Tell, by goal, who would get a sellable item, bool (m,), and the best margin among them.

    Without consent or history the items of an action are what is popular, whatever its goal.
    """
    bundle, m = world.bundle, len(people.subjects)
    personal = people.allow("personalisation", request.channel, as_of)
    recent = read_recent(world.stores, bundle, people, personal, as_of)
    state, customers = recent.state(bundle.state, people.indices)
    wanted = items_request(people.subjects[0], "any", 1, request)
    sellable = {goal: np.zeros(m, dtype=np.bool_) for goal in GOALS}
    margins = {goal: np.full(m, np.nan) for goal in GOALS}
    held: dict[str, Verdicts] = {}
    # Of unknown margins the best is unknown too.
    priced = bundle.items.has_margins and any(action.price_classes for action in bundle.actions)
    homes, customers = (np.where(personal, each, _NONE) for each in (people.indices, customers))
    for row, (index, customer) in enumerate(zip(homes.tolist(), customers.tolist(), strict=True)):
        place = location_of(bundle, request.channel, request.context.location_id, index)
        if place not in held:
            stocked = world.stock.verdicts(place, bundle.items.discontinued, bundle.policy, as_of)
            held[place] = item_verdicts(bundle, wanted, stocked)
        for goal, any_left in _left(state, held[place], customer).items():
            sellable[goal][row] = any_left
        if priced:
            for goal, items in _by_goal(state, passed(held[place]), customer).items():
                margins[goal][row] = world.best_margin(items)
    return sellable, margins


def _left(state: RecommenderState, verdicts: Verdicts, customer: int) -> dict[str, bool]:
    """Tell for which goals a customer may be offered any item, by counting."""
    allowed = verdicts.size - sum(refused_counts(verdicts).values())
    if customer == _NONE or not has_history(state, customer):
        return dict.fromkeys(GOALS, allowed > 0)
    history = state.history
    bought = history.item[history.pointer[customer] : history.pointer[customer + 1]]
    again = int(np.count_nonzero(verdicts[bought] == PASSED))
    return {"any": allowed > 0, "discover": allowed > again, "replenish": again > 0}


def _by_goal(state: RecommenderState, allowed: Mask, customer: int) -> dict[str, Mask]:
    """Return which allowed items serve each goal for a customer, bool (n_items,) each."""
    if customer == _NONE or not has_history(state, customer):
        return dict.fromkeys(GOALS, allowed)
    history = state.history
    bought = np.zeros(allowed.shape, dtype=np.bool_)
    bought[history.item[history.pointer[customer] : history.pointer[customer + 1]]] = True
    return {"any": allowed, "discover": allowed & ~bought, "replenish": allowed & bought}


def has_history(state: RecommenderState, index: int) -> bool:
    """Tell whether a customer of a state ever bought anything."""
    pointer = state.history.pointer
    return bool(pointer[index + 1] > pointer[index])
