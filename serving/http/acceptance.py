"""What came of decisions, by the arm that took them."""

from collections import Counter
from collections.abc import Sequence

from serving.stores.ports import DecisionLog, OutcomeRow, OutcomeTally

_UNKNOWN = ("other", "other", "other")


def by_arm(
    decisions: DecisionLog, rows: Sequence[OutcomeRow], tally: OutcomeTally
) -> Counter[tuple[str, str, str]]:
    """Count outcomes newly recorded, by (kind, arm, outcome).

    The store says how many of a request it had before, not which. A request sent again as a whole
    counts nothing; of one that is new in part the number is kept and the arms are not known.

    Parameters
    ----------
    rows
        What was recorded.
    tally
        How many of them were new.
    """
    if tally.accepted < len(rows):
        return Counter({_UNKNOWN: tally.accepted}) if tally.accepted else Counter()
    arms: dict[str, tuple[str, str]] = {}
    for decision_id in dict.fromkeys(row.decision_id for row in rows):
        record = decisions.get(decision_id)
        if record is not None:
            arms[decision_id] = (record.kind, str(record.body.get("arm") or "none"))
    return Counter((*arms.get(row.decision_id, _UNKNOWN[:2]), row.outcome) for row in rows)
