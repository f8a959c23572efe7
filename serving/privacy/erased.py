"""What the service makes of the id of an erased person: nobody it has ever heard of."""

from collections.abc import Collection, Mapping
from typing import Any, Final, TypeVar, cast

from features.erasure.names import identifier_key
from serving.problems import Problem, shortened
from serving.requests import NextBestActionsRequest, RecommendationsRequest, Subject
from serving.stores.opening import Stores

_Request = TypeVar("_Request", bound=RecommendationsRequest | NextBestActionsRequest)
_NOBODY: Final = "erased-"
_VISITOR: Final = "cookie"


def without_erased(stores: Stores, request: _Request) -> _Request:
    """Return the request as if an unknown visitor had sent it, where its subject was erased.

    The answer is that of a stranger, and the record of the decision holds a keyed hash in place
    of the id.

    Raises
    ------
    StoreUnavailableError
        If the store cannot be asked: anybody may be an erased person then.
    """
    subject = request.subject
    key = visitor_key(subject.visitor_id) if subject.visitor_id else str(subject.customer_id)
    if not stores.erased([key]):
        return request
    stranger = Subject(visitor_id=_NOBODY + stores.pseudonyms.of(key))
    return cast(_Request, request.model_copy(update={"subject": stranger}))


def refuse_erased(stores: Stores, customer_id: str) -> None:
    """Refuse to speak of an erased person.

    Raises
    ------
    Problem
        404, the same as for a customer who never was.
    """
    if stores.erased([customer_id]):
        raise unknown_customer(customer_id)


def unknown_customer(customer_id: str) -> Problem:
    """Return the refusal for a customer of whom nothing is held."""
    return Problem(
        404,
        "unknown_customer",
        f"Nothing is held of a customer {shortened(customer_id)}.",
        remedy="check the customer_id; a person who was erased is unknown as well",
    )


def erased_among(
    stores: Stores, customer_ids: Collection[str], visitor_ids: Collection[str]
) -> tuple[set[str], set[str]]:
    """Return those of the customer ids and of the visitor ids whose person was erased."""
    by_key = {visitor_key(visitor): visitor for visitor in visitor_ids}
    found = stores.erased([*customer_ids, *by_key])
    return found & set(customer_ids), {by_key[key] for key in found & set(by_key)}


def visitor_key(visitor_id: str) -> str:
    """Return the text that stands for a visitor among erased names."""
    return identifier_key(_VISITOR, visitor_id)


def of_strangers(answer: Mapping[str, Any], erased: Collection[str]) -> dict[str, Any]:
    """Return an answer's page of customers without erased ones."""
    left = [one for one in answer["customers"] if one["customer_id"] not in erased]
    return {**answer, "customers": left}
