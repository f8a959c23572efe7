"""What deciding brought, from the store's log and the shop's tables."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from tqdm import tqdm

from decisioning.policy import DAY
from serving.choices import Choice, Counted, read_choices
from serving.rulebook import Rules
from serving.stores.opening import Stores
from training.experiments.looks import Looks, measure_looks
from training.experiments.purchases import spend_by_look
from training.experiments.trial import Refusal
from training.off_policy.log import Log, RewardModel
from training.off_policy.value import Answer, PolicyValue, difference, evaluate

if TYPE_CHECKING:
    import duckdb

KIND: Final = "next_best_actions"
PLANNED, HORIZON = 90, 180
"""Daily looks by which four fifths of the error are spent, and after which no more are taken."""


class Period(NamedTuple):
    """Decisions from ``since`` on and before ``until``, epoch seconds UTC."""

    since: int
    until: int


@dataclass(frozen=True)
class Value:
    """What decisions were worth, and would have been under other rules.

    Parameters
    ----------
    counted
        What was counted.
    decisions
        How many stand behind it.
    left_out
        How many decisions do not, by reason.
    this, other
        By the rules that decided, and by the others; None when none were asked about.
    gain
        By DR, other less this; None where either was refused.
    """

    counted: Counted
    decisions: int
    left_out: dict[str, int]
    this: Answer | Refusal
    other: Answer | None
    gain: PolicyValue | None


@dataclass(frozen=True)
class Lift:
    """What customers of arm ``policy`` spent more than those of ``control``, look by look.

    Parameters
    ----------
    policy_customers, control_customers
        Sizes of the arms.
    start
        Midnight UTC from which looks are counted, one a day.
    looks
        The effect at each look, or why there is none.
    """

    policy_customers: int
    control_customers: int
    start: int
    looks: Looks | Refusal


def measure_value(
    stores: Stores,
    period: Period,
    allowed: Collection[str],
    *,
    counted: Counted,
    window: int,
    rules: Rules | None,
    progress: bool = False,
) -> Value:
    """Value the choices of a period, and what other rules would have chosen.

    Parameters
    ----------
    allowed
        Customers who let us measure.
    window
        Seconds in which outcomes count; decisions whose window is not over must not be in the
        period.
    rules
        Those asked about, None for none.
    progress
        Whether to draw a bar.
    """
    left: Counter[str] = Counter()
    decisions = 0
    mine: list[Choice] = []
    theirs: list[Choice] = []
    log = tqdm(stores.decisions.of_kind(KIND, *period), unit="decision", disable=not progress)
    for record in log:
        if record.subject not in allowed:
            left["not_allowed"] += 1
            continue
        outcomes = stores.ledger.outcomes(record.decision_id)
        read = [read_choices(record, outcomes, each, counted, window) for each in (None, rules)]
        for one, kept in zip(read, (mine, theirs), strict=True):
            if not isinstance(one, str):
                kept.extend(one)
        if isinstance(read[0], str):
            left[read[0]] += 1
        else:
            decisions += 1
    if not mine:
        return Value(counted, 0, dict(left), _no_choices(left), None, None)
    return _valued(counted, decisions, dict(left), mine, theirs if rules else None)


def _valued(
    counted: Counted,
    decisions: int,
    left: dict[str, int],
    mine: list[Choice],
    theirs: list[Choice] | None,
) -> Value:
    log = lay_choices(mine)
    this = evaluate(log)
    if theirs is None:
        return Value(counted, decisions, left, this, None, None)
    beside = lay_choices(theirs)
    other = evaluate(beside)
    told = not (this.refusal or other.refusal)
    gain = difference("dr", beside, log) if told else None
    return Value(counted, decisions, left, this, other, gain)


def lay_choices(choices: Iterable[Choice]) -> Log:
    """Lay out choices as a log; those of one customer are one unit."""
    subjects, *columns = zip(*choices, strict=True)
    logged, target, unsupported, shown, expected, reward, share, places = (
        np.array(column, np.float64) for column in columns
    )
    return Log(
        reward,
        logged,
        target,
        np.unique(np.array(subjects, dtype=np.str_), return_inverse=True)[1].astype(np.int64),
        RewardModel(shown, expected),
        unsupported,
        share,
        places,
    )


def measure_lift(
    stores: Stores,
    con: "duckdb.DuckDBPyConnection",
    period: Period,
    allowed: Collection[str],
    data_end: int,
    seed: int,
) -> Lift:
    """Compare what customers spent since their first outbound decision, by arm.

    Control customers are decided for like the others, and their records say so: both arms enter
    with the first outbound decision, whatever was or was not sent then.

    Parameters
    ----------
    data_end
        Moment of the newest row of the tables.
    seed
        Of the simulated bounds.
    """
    entered: dict[str, tuple[int, bool]] = {}
    for record in stores.decisions.of_kind(KIND, *period):
        inputs = record.body.get("inputs", {})
        outbound = inputs.get("situation", {}).get("direction") == "outbound"
        if outbound and record.subject in allowed:
            entered.setdefault(record.subject, (record.decided_at, record.body["arm"] != "control"))
    at = np.array([moment for moment, _ in entered.values()], np.int64)
    policy = np.array([treated for _, treated in entered.values()], np.bool_)
    start = int(at.min()) // DAY * DAY if at.size else period.since
    sizes = int(policy.sum()), int((~policy).sum())
    days = min((data_end + 1 - start) // DAY, HORIZON)
    if days < 1 or not at.size:
        return Lift(*sizes, start, _no_purchases(at.size))
    looks = start + DAY * np.arange(1, days + 1)
    spent = spend_by_look(con, list(entered), at, looks)
    rng = np.random.default_rng(seed)
    return Lift(*sizes, start, measure_looks(spent, policy, planned=PLANNED, rng=rng))


def _no_purchases(customers: int) -> Refusal:
    if not customers:
        return Refusal(
            "no_data",
            "No outbound decision is recorded of a customer who allows analytics: decide with "
            "direction outbound, for the control group too.",
        )
    return Refusal(
        "no_data",
        "The tables end before the first full day after the first outbound decision: ingest newer "
        "transactions.",
    )


def _no_choices(left: Counter[str]) -> Refusal:
    why = ", ".join(f"{count} {reason}" for reason, count in sorted(left.items()))
    return Refusal(
        "no_data",
        "Of the recorded decisions whose window is over none can be counted "
        f"({why or 'there are none'}): it takes decisions outside the control group, "
        "of customers who allow analytics.",
    )
