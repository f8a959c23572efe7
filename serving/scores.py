"""What the models say of customers, as ``POST /v1/scores`` answers it.

The figures are those of ``bundle.scores``, which the terminal and a batch read too; here they get
the names of the API, and consent decides who has any.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from bundle.contents import Bundle
from bundle.scores import CENTS, SATISFACTION_MODELS, Score, score_names, scores_of
from decisioning.reasons import REASONS
from serving.action_inputs import number
from serving.customer_requests import MOST_EXPLAINED, ScoresRequest
from serving.problems import Problem
from serving.world import Floats, People, World

_PURCHASE: Final = "purchase_"
_DAYS: Final = re.compile(r"_(\d+)d$")
Entry = dict[str, Any]


def score_customers(world: World, request: ScoresRequest, now: int) -> list[Entry]:
    """Score a list of customers, in its order.

    Parameters
    ----------
    now
        Epoch seconds: consent is read as of it.

    Returns
    -------
    One entry a customer: ``customer_id``, ``scores``, ``reason``. Without consent to
    personalisation, and for a customer nobody knows, ``scores`` is None and ``reason`` says why.

    Raises
    ------
    Problem
        422, when more customers are to be explained than one request may.
    """
    if request.explain and len(request.customer_ids) > MOST_EXPLAINED:
        raise _too_many(len(request.customer_ids))
    people = world.people([(customer, None) for customer in request.customer_ids])
    told = _scores(world, people, request, now)
    refused = people.ledger.verdicts("personalisation", request.channel, now).tolist()
    return [
        _entry(customer, scores, int(index), verdict)
        for customer, scores, index, verdict in zip(
            request.customer_ids, told, people.indices, refused, strict=True
        )
    ]


def _entry(customer: str, scores: list[Entry], index: int, verdict: int) -> Entry:
    reason = "unknown_customer" if index < 0 else "no_consent" if verdict else None
    return {
        "customer_id": customer,
        "scores": None if reason else scores,
        "reason": reason,
        "detail": REASONS[verdict].code if reason == "no_consent" else None,
    }


def _scores(world: World, people: People, request: ScoresRequest, now: int) -> list[list[Entry]]:
    """Return the scores of everybody; of whom nothing may be read, there are none."""
    bundle = world.bundle
    profiles = world.profiles(people, request.channel, now)
    kinds = _kinds(bundle)
    asked = [n for n in score_names(bundle) if request.kinds is None or kinds[n] in request.kinds]
    said = scores_of(bundle, profiles, asked, why=request.explain)
    write = _writer(bundle, kinds, request.language)
    told = [[write(score) for score in mine] for mine in said]
    if request.kinds is None or "uplift" in request.kinds:
        for mine, uplifts in zip(told, _uplifts(world, profiles), strict=True):
            mine += uplifts
    return told


def _kinds(bundle: Bundle) -> dict[str, str]:
    """Return the kind of every model, by name."""
    answered = {action.model for action in bundle.actions if action.model}
    return {name: _kind(name, answered, bundle.amounts) for name in score_names(bundle)}


def _kind(name: str, answered: Collection[str], amounts: Collection[str]) -> str:
    if name in amounts:
        return "value"
    if name in SATISFACTION_MODELS:
        return "satisfaction"
    if name in answered:
        return "response"
    if name.endswith("churn"):
        return "churn"
    if name.startswith(_PURCHASE):
        return "purchase"
    if name in SATISFACTION_MODELS:
        return "satisfaction"
    return "service_contact" if name == "service_contact" else "other"


def _writer(bundle: Bundle, kinds: Mapping[str, str], language: str) -> Callable[[Score], Entry]:
    actions: dict[str, list[str]] = defaultdict(list)
    for action in bundle.actions:
        actions[action.model or ""].append(action.action_id)

    def write(score: Score) -> Entry:
        name, kind = score.model, kinds[score.model]
        amount = score.unit == CENTS
        scale = 100.0 if amount else 1.0
        return {
            "score": name,
            "kind": kind,
            "unit": "currency" if amount else "probability",
            "value": score.mean / scale,
            "low": score.low / scale,
            "high": score.high / scale,
            "horizon_days": _horizon(bundle, name),
            "category": name.removeprefix(_PURCHASE) if kind == "purchase" else None,
            "action_ids": actions[name] if kind == "response" else [],
            "source": "model",
            "reasons": [one.fr if language == "fr" else one.en for one in score.reasons],
        }

    return write


def _horizon(bundle: Bundle, name: str) -> int | None:
    """Return how many days a score looks ahead, None where the bundle does not say."""
    told = bundle.manifest.metrics.get(f"{name}_horizon_days")
    if told is not None:
        return int(told)
    found = _DAYS.search(name)
    return int(found[1]) if found else None


def _uplifts(world: World, profiles: Floats) -> list[list[Entry]]:
    """Return what a contact adds to each one's response, where control data say it."""
    told: list[list[Entry]] = [[] for _ in profiles]
    uplifts = world.uplifts(world.propensities(profiles), profiles) if world.bundle.uplifts else {}
    for action_id, uplift in uplifts.items():
        figures = np.stack([uplift.mean, uplift.low, uplift.high], axis=1).tolist()
        for mine, (mean, low, high) in zip(told, figures, strict=True):
            if number(mean) is not None:
                mine.append(_uplift(action_id, mean, low, high))
    return told


def _uplift(action_id: str, mean: float, low: float, high: float) -> Entry:
    return {
        "score": f"uplift_{action_id}",
        "kind": "uplift",
        "unit": "probability_difference",
        "value": mean,
        "low": low,
        "high": high,
        "horizon_days": None,
        "category": None,
        "action_ids": [action_id],
        "source": "control_data",
        "reasons": [],
    }


def known_ids(entries: Iterable[Entry]) -> Sequence[str]:
    """Return the customers that have scores: known, and with their consent."""
    return [one["customer_id"] for one in entries if one["scores"] is not None]


def _too_many(count: int) -> Problem:
    return Problem(
        422,
        "invalid_value",
        f"customer_ids holds {count} customers, which is too many to explain at once.",
        "customer_ids",
        f"send at most {MOST_EXPLAINED} with explain, or leave explain out",
    )
