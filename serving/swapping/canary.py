"""The canary: a stable share of customers is served by the challenger."""

from typing import Final

from decisioning.draws import draws, subject_keys
from serving.family import Family
from serving.requests import Subject
from serving.stores.opening import Stores

_SEED: Final = 0
"""Of no policy: a customer keeps their side when the champion and its seed change."""


def in_canary(stores: Stores, subject: Subject, share: float) -> bool:
    """Tell whether a subject is served by the challenger, the same in every process.

    The side belongs to the person: a linked visitor, and another id of theirs, are on it too. A
    larger share keeps everybody who was in a smaller one.
    """
    return float(draws(_SEED, "canary", subject_keys([_person(stores, subject)]))[0]) < share


def _person(stores: Stores, subject: Subject) -> str:
    known = subject.customer_id
    if known is None and subject.visitor_id is not None:
        known = stores.links.customers_of([subject.visitor_id]).get(subject.visitor_id)
    if known is None:
        return subject.visitor_id or ""
    return Family.around(stores.persons, [known]).person(known)
