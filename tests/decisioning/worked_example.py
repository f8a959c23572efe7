"""The worked example of docs/decisions.md: one customer, six actions, every number."""

import numpy as np

from decisioning.actions import ActionDecision, decide_actions
from decisioning.calibration import CalibrationTable, Propensity, Uplift
from decisioning.catalogue import PriceClass, PriceStep, Prior
from decisioning.compiled import Catalogue
from decisioning.conditions import Apply, Column, Literal
from decisioning.ledger import Contact
from decisioning.policy import DAY, ContactLimit, Policy
from decisioning.reasons import REASONS, sentence
from tests.decisioning.support import NOTHING, NOW, granted, make_action, make_block, situation

LADDER = (PriceStep(0.0, 1.0), PriceStep(0.05, 1.3), PriceStep(0.10, 1.9), PriceStep(0.20, 2.2))
COUPON = make_action(
    "coupon",
    model="coupon",
    value=1000.0,
    cost=35.0,
    price=4000.0,
    floor_margin=0.15,
    price_classes=(PriceClass("everybody", None, LADDER),),
)
WIN_BACK = make_action(
    "win_back",
    kind="retention",
    eligible_when=Apply(">", (Column("churn_probability"), Literal(0.4))),
)
REMINDER = make_action("reminder", kind="replenishment", items="replenish", n_items=3)
DISCOVER = make_action(
    "discover", kind="cross_sell", prior=Prior(0.03, 20.0), value=300.0, cost=2.0
)
FEEDBACK = make_action("ask_feedback", kind="feedback_request", cool_down_days=90.0)
CATALOGUE = Catalogue([COUPON, WIN_BACK, REMINDER, DISCOVER, FEEDBACK, NOTHING])
POLICY = Policy(
    limits=(ContactLimit("shown", 2, 7, 7, channel="email"),),
    control_share=0.05,
    random_share=0.02,
    exploration="thompson",
    context_weights={("email", "offer"): 1.1},
)
HERE = situation(channel="email", direction="outbound", n=1)
# What the coupon's model says of customers like this one: 24 of 200 responded on held-out data.
CALIBRATION = CalibrationTable(np.array([0.0]), np.array([24.0]), np.array([200.0]))


def decision() -> ActionDecision:
    """Decide for the customer of the example."""
    people = make_block(
        ["customer 1042"],
        columns={"churn_probability": [0.21]},
        consents=[granted("marketing", channel="email")],
        contacts=[
            [
                Contact("email", "ask_feedback", "feedback_request", "shown", NOW - 40 * DAY),
                Contact("email", "discover", "cross_sell", "shown", NOW - 3 * DAY),
            ]
        ],
        sellable={"replenish": [False]},
    )
    laid = people.laid(CATALOGUE)
    responses = {"coupon": CALIBRATION.apply(np.array([0.5]))}
    # Measured against the control group: a mean of 0.05 with a 90 % interval of +- 0.02.
    uplifts = {"coupon": Uplift(*(np.array([u]) for u in (0.05, 0.03, 0.07)))}
    block = type(laid)(**{**vars(laid), "responses": responses, "uplifts": uplifts})
    return decide_actions(block, CATALOGUE, POLICY, HERE).row(0)


def gain(p: float, base: float, step: PriceStep) -> tuple[float, float]:
    """P at a step, and what the step is worth in cents, from the formula as the page has it."""
    shown = step.odds * p / (1 - p + step.odds * p)
    return shown, (shown - base) * 1000 - shown * step.discount * 4000 - 35


def funnel_lines() -> list[str]:
    """The table of the funnel, as the page has it."""
    found = decision()
    lines = ["| action | stage | what happened |", "|---|---|---|"]
    for action, verdict in zip(CATALOGUE, found.verdict, strict=True):
        reason = REASONS[verdict]
        stage = "chosen" if reason.code == "passed" else f"{reason.stage}: `{reason.code}`"
        lines.append(f"| {action.action_id} | {stage} | {sentence(int(verdict))} |")
    return lines


def price_lines() -> list[str]:
    """The table of the price steps, as the page has it."""
    found = decision()
    p, base = float(found.response[0]), float(found.response[0] - found.uplift[0])
    lines = ["| discount | odds | P(d) | gain | margin left |", "|---|---|---|---|---|"]
    for step in LADDER:
        shown, worth = gain(p, base, step)
        left = (1000 - step.discount * 4000) / (4000 * (1 - step.discount))
        note = "" if left >= 0.15 or step.discount == 0 else " (under the floor)"
        lines.append(
            f"| {step.discount:.0%} | {step.odds:g} | {shown:.4f} | {worth / 100:.4f} |"
            f" {left:.1%}{note} |"
        )
    return lines


def term_lines() -> list[str]:
    """The table of the terms of what passed every gate, as the page has it."""
    found = decision()
    lines = [
        "| action | P | interval | uplift | discount | priority | drawn | probability |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for k, action in enumerate(CATALOGUE):
        if np.isnan(found.probability[k]):
            continue
        is_none = action.kind == "none"
        uplift = "none" if np.isnan(found.uplift[k]) else f"{found.uplift[k]:.4f}"
        terms = (
            ["", "", "", ""]
            if is_none
            else [
                f"{found.propensity[k]:.4f}",
                f"{found.low[k]:.4f} to {found.high[k]:.4f}",
                uplift,
                f"{found.discount[k]:.0%}",
            ]
        )
        drawn = "" if np.isnan(found.drawn[k]) else f"{found.drawn[k] / 100:.4f}"
        figures = [f"{found.priority[k] / 100:.4f}", drawn, f"{found.probability[k]:.4f}"]
        lines.append(f"| {action.action_id} | {' | '.join([*terms, *figures])} |")
    return lines


__all__ = ["Propensity", "decision", "funnel_lines", "price_lines", "term_lines"]
