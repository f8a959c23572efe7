"""The service's log as training reads it: what was shown to whom, by what odds, and what came."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from features.settings import Settings, ensure_home

if TYPE_CHECKING:
    from serving.stores.opening import Stores
    from serving.stores.ports import DecisionRecord
    from training.lessons import Exposure

DAY = 86_400
WINDOW = 14 * DAY
"""Outcomes of a decision count this long; younger decisions teach nothing yet."""
MEMORY = 365 * DAY
"""How far back the log is read: customers change."""
ANSWERS = ("accepted", "purchased")
# A candidate that passed every gate, and was then chosen, outranked, unprofitable or held back.
PASSED_GATES = ("passed", "not_in_slate", "negative_value", "control_group")


def log_of(s: Settings, moment: int) -> "list[Exposure]":
    """Return what the log tells about customers who allow analytics.

    Parameters
    ----------
    moment
        Epoch seconds, UTC: now.
    """
    from features.tables import open_tables
    from serving.stores.opening import open_stores
    from training.experience.allowed import allowed_customers

    ensure_home(s)
    stores = open_stores(s.store_url)
    con = open_tables(s.tables)
    try:
        allowed = frozenset(allowed_customers(con, moment + 1, ("analytics",)))
        return list(exposures(stores, moment, allowed))
    finally:
        con.close()
        stores.close()


def exposures(stores: "Stores", moment: int, allowed: Collection[str]) -> "Iterator[Exposure]":
    """Yield every candidate that passed the gates, of every recorded outbound decision.

    Parameters
    ----------
    allowed
        Customers who let us learn from them.
    """
    kind = "next_best_actions"
    for record in stores.decisions.of_kind(kind, moment - MEMORY, moment - WINDOW):
        situation = record.body.get("inputs", {}).get("situation", {})
        if record.subject in allowed and situation.get("direction") == "outbound":
            yield from _candidates(record, _answered(stores, record))


def _answered(stores: "Stores", record: "DecisionRecord") -> set[str]:
    """Return what was answered within the window: action ids, of the control group too."""
    until = record.decided_at + WINDOW
    return {
        outcome.action_id or ""
        for outcome in stores.ledger.outcomes(record.decision_id)
        if outcome.outcome in ANSWERS and outcome.occurred_at <= until
    }


def _candidates(record: "DecisionRecord", answered: set[str]) -> "Iterator[Exposure]":
    from training.lessons import Exposure

    control = record.body["arm"] == "control"
    for one in record.body["candidates"]:
        if one["verdict"] not in PASSED_GATES or one["kind"] == "none":
            continue
        shown = one["rank"] is not None
        # Whoever is held back answers nothing in particular: buying without contact is the answer.
        responded = bool(answered) if control else one["action_id"] in answered
        yield Exposure(
            record.subject,
            one["action_id"],
            _number(one["propensity"]),
            _number(one["discount"]),
            _number(one["action_probability"]),
            shown,
            control,
            responded,
            record.decided_at,
        )


def _number(value: Any) -> float:  # noqa: ANN401 - JSON's null is NaN, which nothing was
    return 0.0 if value is None else float(value)
