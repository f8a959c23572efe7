"""One subject looked at closely: what we know of them beside what we would do, a dry run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bundle.scores import scores_of
from decisioning.policy import DAY
from serving.action_decisions import decide_actions_for
from serving.decider import Answer, Decider
from serving.item_decisions import decide_requests
from serving.recent import Recent, read_recent
from serving.requests import NextBestActionsRequest, RecommendationsRequest
from serving.world import People

MOST_ITEMS = 15
"""Items of a history that are shown, the most often bought first, beside those that are named."""
MOST_EVENTS = 15


@dataclass(frozen=True)
class Look:
    """What is shown of one subject.

    Parameters
    ----------
    history
        Items bought, ``item_id, name, category, orders, last``, before the bundle was made: the
        most often bought, and those that the reasons name.
    recent
        What was done since, ``at, event_type, item_id, name``, newest first.
    readable
        Whether personalisation is granted; without it nothing above is read.
    scores
        What each model says, ``model, unit, mean, low, high, reasons``: a probability, with its
        reasons in the language asked for, or an amount in cents.
    recommendations, next_best_actions
        The answers; no actions for a visitor who is nobody we know.
    """

    history: list[dict[str, Any]]
    recent: list[dict[str, Any]]
    readable: bool
    scores: list[dict[str, Any]]
    recommendations: Answer
    next_best_actions: Answer | None


def look(
    decider: Decider, items: RecommendationsRequest, actions: NextBestActionsRequest, now: int
) -> Look:
    """Decide both questions about one subject and show what they were decided on.

    Nothing is written, contacted or recorded.
    """
    world = decider.world
    world.stock.refresh()
    people = world.people([(items.subject.customer_id, items.subject.visitor_id)])
    granted = people.allow("personalisation", items.channel, now)
    recent = read_recent(world.stores, world.bundle, people, granted, now)
    found = decide_requests(world, people, [items], now)[0]
    chosen = None
    if people.indices[0] >= 0:
        decided = decide_actions_for(world, people, actions, now)[0]
        chosen = decider.actions_answer(people, decided, actions, now)
    answer = decider.items_answer(people, found, now)
    named = [one["because"] for one in answer["items"] if one["because"]]
    return Look(
        history=_history(decider, people, named) if granted[0] else [],
        recent=_recent(decider, recent),
        readable=bool(granted[0]),
        scores=_scores(decider, people, items, now),
        recommendations=answer,
        next_best_actions=chosen,
    )


def _history(decider: Decider, people: People, named: Sequence[str]) -> list[dict[str, Any]]:
    bundle, customer = decider.world.bundle, int(people.indices[0])
    if customer < 0:
        return []
    held = bundle.state.history
    part = slice(held.pointer[customer], held.pointer[customer + 1])
    item, orders, days = held.item[part], held.orders[part], held.last_days[part]
    order = np.lexsort((item, days, -orders))
    shown = np.isin(item[order], bundle.item_map.index_of(named))
    shown[:MOST_ITEMS] = True
    return [
        {
            "item_id": str(bundle.items.ids[item[k]]),
            "name": str(bundle.items.names[item[k]]),
            "category": str(bundle.items.category_paths[item[k]]),
            "orders": int(orders[k]),
            # Half a minute undoes what float32 lost of the days, short of midnight.
            "last": _day(bundle.manifest.as_of - int(float(days[k]) * DAY - 30)),
        }
        for k in order[shown].tolist()
    ]


def _scores(
    decider: Decider, people: People, asked: RecommendationsRequest, now: int
) -> list[dict[str, Any]]:
    """Return what every model says of the one subject, where it can say anything."""
    profile = decider.world.profiles(people, asked.channel, now)
    return [
        {
            "model": score.model,
            "unit": score.unit,
            "mean": score.mean,
            "low": score.low,
            "high": score.high,
            "reasons": [one.fr if asked.language == "fr" else one.en for one in score.reasons],
        }
        for score in scores_of(decider.world.bundle, profile)[0]
    ]


def _recent(decider: Decider, recent: Recent) -> list[dict[str, Any]]:
    items = decider.world.bundle.items
    return [
        {
            "at": str(np.datetime64(one.at, "s")) + "Z",
            "event_type": one.event_type,
            "item_id": str(items.ids[one.item]) if one.item >= 0 else None,
            "name": str(items.names[one.item]) if one.item >= 0 else None,
        }
        for one in recent.doings[0][: -MOST_EVENTS - 1 : -1]
    ]


def _day(at: int) -> str:
    return str(np.datetime64(at, "s").astype("datetime64[D]"))
