"""What ``nextbest measure`` found, as lines for people and as JSON."""

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from training.experiments.trial import Refusal
from training.off_policy.support import FEW_OUTCOMES

if TYPE_CHECKING:
    from nextbest.measuring import Lift, Value
    from training.off_policy.value import Answer, PolicyValue

DAY = 86_400
LEFT_OUT = {
    "control": "of the control group",
    "not_allowed": "of customers who do not allow analytics",
    "unrecorded_inputs": "recorded before records held their inputs",
}


def as_json(lift: "Lift", value: "Value") -> dict[str, Any]:
    """Return all figures; what was refused has ``refused`` in place of figures."""
    return {
        "policy_against_control": {
            "unit": "spend per customer",
            "policy_customers": lift.policy_customers,
            "control_customers": lift.control_customers,
            **_lift_figures(lift),
        },
        "value_per_decision": {
            "counted": value.counted,
            "decisions": value.decisions,
            "left_out": value.left_out,
            "this_policy": _answer(value.this),
            "other_policy": _answer(value.other) if value.other else None,
            "gain": vars(value.gain) if value.gain else None,
        },
    }


def readable(lift: "Lift", value: "Value") -> Iterator[str]:
    """Yield the figures as lines."""
    yield from _lift_lines(lift)
    yield ""
    counted = "value less cost" if value.counted == "value" else f"share {value.counted}"
    yield f"A decision, {counted}; {value.decisions:,} decisions"
    for reason, count in sorted(value.left_out.items()):
        yield f"  left out, {LEFT_OUT[reason]}: {count:,}"
    yield _own_line(value.this)
    if value.other:
        yield from _other_lines(value.other)
    if value.gain:
        yield f"  the other rules bring, by dr: {_interval(value.gain)} more"


def _lift_figures(lift: "Lift") -> dict[str, Any]:
    if isinstance(lift.looks, Refusal):
        return {"refused": lift.looks._asdict()}
    looks, decided = lift.looks, lift.looks.decided_at
    return {
        "looks": int(looks.difference.size),
        "difference": float(looks.difference[-1]),
        "low": float(looks.low[-1]),
        "high": float(looks.high[-1]),
        "decided_on": None if decided is None else _day(lift, decided),
    }


def _lift_lines(lift: "Lift") -> Iterator[str]:
    yield (
        f"Policy against control, spend per customer since the first outbound decision: "
        f"{lift.policy_customers:,} and {lift.control_customers:,} customers"
    )
    if isinstance(lift.looks, Refusal):
        yield f"  no figure: {lift.looks.message}"
        return
    looks, decided = lift.looks, lift.looks.decided_at
    yield (
        f"  {looks.difference[-1]:+.2f} [{looks.low[-1]:+.2f}, {looks.high[-1]:+.2f}] "
        f"after {looks.difference.size} daily looks; the interval holds at all of them together"
    )
    if decided is None:
        yield "  no look so far leaves out 0"
    else:
        yield f"  0 was left out for the first time on {_day(lift, decided)}"


def _day(lift: "Lift", look: int) -> str:
    """Return the day that ends with a look."""
    epoch = dt.date(1970, 1, 1)
    return str(epoch + dt.timedelta(days=lift.start // DAY + look))


def _answer(answer: "Answer | Refusal") -> dict[str, Any]:
    if isinstance(answer, Refusal):
        return {"refused": answer._asdict()}
    support = answer.support._asdict() if answer.support else None
    if answer.refusal:
        return {"refused": answer.refusal._asdict(), "support": support}
    return {"support": support, **{one.estimator: vars(one) for one in answer.values}}


def _refusal(answer: "Answer | Refusal | None") -> str | None:
    if answer is None or isinstance(answer, Refusal):
        return answer.message if answer else None
    return answer.refusal.message if answer.refusal else None


def _own_line(answer: "Answer | Refusal") -> str:
    # Every weight is 1, so all estimators say the same but for the model's part in DM.
    refused = _refusal(answer)
    if refused or isinstance(answer, Refusal):
        return f"  the rules that decided: no figure: {refused}"
    return f"  the rules that decided: {_interval(answer['ips'])}"


def _other_lines(answer: "Answer") -> Iterator[str]:
    if answer.refusal:
        yield f"  the other rules: no figure: {answer.refusal.message}"
        return
    if answer.support:
        worth = answer.support.effective
        yield f"  the other rules, for which this log is worth {worth:.0f} customers"
        if answer.support.effective_outcomes < FEW_OUTCOMES:
            yield "  few outcomes so far: the intervals cover the truth less often than 95 %"
    for one in answer.values:
        yield f"    {one.estimator:9s} {_interval(one)}"


def _interval(value: "PolicyValue") -> str:
    return f"{value.value:.4f} [{value.low:.4f}, {value.high:.4f}]"
