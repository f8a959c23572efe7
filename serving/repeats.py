"""The same request twice is one decision: ``request_id``, and the answer that it had.

A caller whose connection broke cannot tell whether its customer was contacted. It asks again under
the same ``request_id`` and gets the first answer: nothing is decided, nobody is contacted twice.

An id belongs to the key that sent it. What is kept of it is a hash over both, so that two systems
that count their requests from 1 do not meet, and nobody reads another's answer by guessing an id.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from decisioning.reasons import CODE, REASONS
from serving.problems import Problem
from serving.requests import NextBestActionsRequest, RecommendationsRequest
from serving.stores.ports import DecisionLog, DecisionRecord, RecordHead, RequestRow

Asked = RecommendationsRequest | NextBestActionsRequest
KIND: Final = {
    RecommendationsRequest: "recommendations",
    NextBestActionsRequest: "next_best_actions",
}
_HEADER = ("decision_id", "bundle_version", "policy_version", "decided_at")
_TOLD: Final = {
    "recommendations": (*_HEADER, "items", "personalised", "fallback", "dropped"),
    "next_best_actions": (*_HEADER, "arm", "actions", "dropped"),
}
"""What an answer says of its record, in the order in which it is said."""


@dataclass(frozen=True)
class Claim:
    """A request that wants one answer however often it is sent.

    Parameters
    ----------
    request_id
        The caller's id as it is kept: a hash, with the caller's own.
    fingerprint
        Hash of what was asked.
    request
        What was asked.
    """

    request_id: str
    fingerprint: str
    request: Asked

    def row(self, record: RecordHead) -> RequestRow:
        """Return what is kept beside the record of its decision."""
        return RequestRow(
            self.request_id, record.kind, self.fingerprint, record.decision_id, record.decided_at
        )

    def earlier(self, log: DecisionLog) -> dict[str, Any] | None:
        """Return the answer that this request had, None when it had none.

        Raises
        ------
        Problem
            409, when the id was used for another request, or its answer is gone.
        """
        row = log.answered(self.request_id)
        if row is None:
            return None
        if row.fingerprint != self.fingerprint:
            raise _reused("was sent before with another body")
        record = log.get(row.decision_id)
        if record is None:
            raise _reused("was answered, and its answer is kept no longer")
        return answer_of(record, explain=self.request.explain)


def claim_of(request: Asked, caller: str) -> Claim | None:
    """Return the claim of a request with a ``request_id``; None without, and for a dry run.

    Parameters
    ----------
    caller
        Id of the key that it came with; empty within this process.
    """
    if request.request_id is None or getattr(request, "dry_run", False):
        return None
    # What was left out is not told apart by the clock that filled it in.
    asked = request.model_dump_json(exclude_unset=True, exclude={"request_id"})
    kind = KIND[type(request)]
    return Claim(_hash(caller, request.request_id), _hash(kind, asked), request)


def answer_of(record: DecisionRecord, *, explain: bool) -> dict[str, Any]:
    """Return the answer that a decision had, from its record."""
    body = record.body
    told = {name: body[name] for name in _TOLD[record.kind]}
    if explain:
        return told
    if record.kind == "recommendations":
        return told | {"dropped": counted(body["refused"])}
    return told | {"dropped": brief(body["dropped"])}


def counted(refused: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return how many items each gate refused, for those who did not ask which."""
    return [
        {"stage": REASONS[CODE[code]].stage, "reason": code, "count": count}
        for code, count in refused.items()
    ]


def brief(dropped: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave the sentences to those who asked for an explanation."""
    return [{k: v for k, v in one.items() if k != "detail"} for one in dropped]


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _reused(what: str) -> Problem:
    return Problem(
        409,
        "request_id_reused",
        f"The request_id {what}; nothing was decided.",
        field="request_id",
        remedy="send a new request_id for a new request",
    )
