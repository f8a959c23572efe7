"""The audit log: who saw or changed whose data, on disk before the answer leaves."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from serving.auth import Caller
from serving.stores.opening import Stores
from serving.stores.ports import AuditRow

About = Callable[[Stores, Mapping[str, Any], str], Collection[str]]
"""Returns whom an answer is about, of the stores, the answer and the id in the path."""


@dataclass(frozen=True)
class Audit:
    """What a route writes in the audit log.

    Parameters
    ----------
    act
        What is done, ``customer.export``.
    about
        Whose data: names of persons, of which only keyed hashes are kept. A route that concerns
        nobody writes one line all the same.
    """

    act: str
    about: About


def note(stores: Stores, caller: Caller, audit: Audit, answer: object, name: str, now: int) -> None:
    """Write down that an answer was given, one line a person.

    Raises
    ------
    StoreUnavailableError
        If it cannot be written: what is not in the log is not shown.
    """
    told = answer if isinstance(answer, Mapping) else {}
    note_act(stores, caller.name, audit.act, audit.about(stores, told, name), now)


def note_act(
    stores: Stores,
    actor: str,
    act: str,
    about: Collection[str],
    now: int,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Write down an act.

    Parameters
    ----------
    actor
        The name of a key, or ``terminal``.
    about
        Names of persons; empty where it concerns nobody in particular.
    detail
        Facts without personal data.

    Raises
    ------
    StoreUnavailableError
        If it cannot be written.
    """
    text = json.dumps(detail or {}, sort_keys=True)
    subjects = [stores.pseudonyms.of(each) for each in about] or [""]
    stores.audit.add([AuditRow(now, actor, act, subject, text) for subject in subjects])


def path_id(_: Stores, __: Mapping[str, Any], name: str) -> Collection[str]:
    """Return the id in the path."""
    return [name]


def nobody(_: Stores, __: Mapping[str, Any], ___: str) -> Collection[str]:
    """Return that an act concerns nobody in particular."""
    return []


def listed(_: Stores, answer: Mapping[str, Any], __: str) -> Collection[str]:
    """Return the customers of an answer that lists them."""
    return [str(one["customer_id"]) for one in answer.get("customers", ())]


def decided_about(stores: Stores, _: Mapping[str, Any], decision_id: str) -> Collection[str]:
    """Return whom a decision was about."""
    record = stores.decisions.get(decision_id)
    return [record.subject] if record else []
