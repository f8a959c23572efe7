"""Asking for decisions and looking them up."""

from serving.http.answers import (
    DecisionAnswer,
    NextBestActionsAnswer,
    RecommendationsAnswer,
    ReplayAnswer,
)
from serving.http.calling import caller_now
from serving.http.endpoint import House, Operation
from serving.item_requests import RankRequest, SimilarItemsRequest
from serving.privacy.auditing import Audit, decided_about
from serving.problems import Problem, parse_body, shortened
from serving.requests import NextBestActionsRequest, RecommendationsRequest
from serving.steps import Steps
from serving.telemetry.watching import mark
from serving.told import counted_of


def recommend(house: House, body: bytes, _: str) -> Steps[object]:
    """Recommend items to one customer or visitor, in stock and in bounds of their consent."""
    return _items(house, house.questions.read(RecommendationsRequest, body, house.clock()))


def similar_items(house: House, body: bytes, _: str) -> Steps[object]:
    """Find what is like an item or a basket, or goes with it, in stock."""
    request = parse_body(SimilarItemsRequest, body, house.clock())
    return _items(house, request.recommendation())


def rank(house: House, body: bytes, _: str) -> Steps[object]:
    """Put the caller's own items in order for one customer or visitor."""
    request = parse_body(RankRequest, body, house.clock())
    return _items(house, request.recommendation())


def _items(house: House, request: RecommendationsRequest) -> Steps[object]:
    mark("parse")
    answer = yield from house.application().recommending(request, caller_now().key_id)
    house.metrics.decision("recommendations", counted_of(answer), request.goal)
    return answer


def next_best_actions(house: House, body: bytes, _: str) -> Steps[object]:
    """Choose the next best actions for one customer or visitor, or none."""
    application = house.application()
    request = house.questions.read(NextBestActionsRequest, body, house.clock())
    mark("parse")
    answer = yield from application.acting(request, caller_now().key_id)
    house.metrics.decision("next_best_actions", counted_of(answer))
    return answer


def get_decision(house: House, _: bytes, decision_id: str) -> object:
    """Return the record of one decision: every candidate, every gate, every term."""
    record = house.application().decision(decision_id)
    if record is None:
        raise _unknown(decision_id)
    return record


def replay_decision(house: House, _: bytes, decision_id: str) -> object:
    """Decide again from the record of a decision, and say where the two do not agree."""
    answer = house.application().replay(decision_id)
    if answer is None:
        raise _unknown(decision_id)
    return answer


def _unknown(decision_id: str) -> Problem:
    return Problem(
        404,
        "unknown_decision",
        f"There is no decision {shortened(decision_id)}.",
        remedy="use a decision_id of an answer that was not a dry run",
    )


OPERATIONS = (
    Operation(
        "/v1/recommendations",
        "POST",
        recommend,
        ("decide",),
        RecommendationsAnswer,
        RecommendationsRequest,
        refusals=(409,),
    ),
    Operation(
        "/v1/similar_items",
        "POST",
        similar_items,
        ("decide",),
        RecommendationsAnswer,
        SimilarItemsRequest,
        refusals=(409,),
    ),
    Operation(
        "/v1/rank",
        "POST",
        rank,
        ("decide",),
        RecommendationsAnswer,
        RankRequest,
        refusals=(409,),
    ),
    Operation(
        "/v1/next_best_actions",
        "POST",
        next_best_actions,
        ("decide",),
        NextBestActionsAnswer,
        NextBestActionsRequest,
        refusals=(404, 409),
    ),
    Operation(
        "/v1/decisions/{decision_id}",
        "GET",
        get_decision,
        ("decide", "crm"),
        DecisionAnswer,
        refusals=(404,),
        audit=Audit("decision.read", decided_about),
    ),
    Operation(
        "/v1/decisions/{decision_id}/replay",
        "POST",
        replay_decision,
        ("decide", "crm"),
        ReplayAnswer,
        refusals=(404, 409),
        audit=Audit("decision.replay", decided_about),
    ),
)
