"""A made-up business of 50 actions and as many customers as wanted, for timing decisions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.action_block import ActionBlock, Situation
from decisioning.calibration import Propensity, Uplift
from decisioning.catalogue import Action, PriceClass, PriceStep, Prior
from decisioning.compiled import Catalogue
from decisioning.conditions import Apply, Column, Condition, Literal
from decisioning.consent import ConsentLedger, ConsentRecord
from decisioning.draws import subject_keys
from decisioning.ledger import Contact, ContactLedger
from decisioning.policy import DAY, ContactLimit, Fatigue, Journey, Policy

NOW = 20_000 * DAY + 12 * 3600
ACTIONS = 50
MODELS = tuple(f"m{i}" for i in range(10))
KINDS = ("offer", "retention", "replenishment", "cross_sell", "service")
GOALS = ("any", "replenish")
COLUMNS = (
    "orders_365d",
    "spend_90d",
    "days_since_last_purchase",
    "churn_probability",
    "visits_30d",
)
PURPOSES = ("personalisation", "marketing", "analytics")
OUTCOMES = ("shown", "shown", "shown", "clicked", "purchased", "rejected")


def _condition(i: int) -> Condition:
    over = Apply(">", (Column(COLUMNS[i % 5]), Literal(0.2 + 0.001 * i)))
    return Apply("and", (over, Apply("<=", (Column(COLUMNS[(i + 1) % 5]), Literal(0.9)))))


def _ladder(i: int) -> tuple[PriceClass, ...]:
    steps = tuple(PriceStep(d, 1.0 + 6.0 * d) for d in (0.0, 0.05, 0.10, 0.15))
    return (PriceClass("everybody", None, steps),) if i % 5 == 0 else ()


def catalogue() -> Catalogue:
    """Return 49 actions and doing nothing: conditions, models, ladders, items, cool-downs."""
    actions = [
        Action(
            action_id=f"a{i:02d}",
            kind=KINDS[i % 5],
            label_en=f"a{i}",
            label_fr=f"a{i}",
            channels=("email", "web"),
            purpose="marketing",
            prior=Prior(0.02 + 0.002 * i, 50.0),
            group="sales" if i % 2 else "care",
            model=MODELS[i % 10] if i % 4 else "",
            value=300.0 + 20.0 * i,
            cost=5.0,
            price=1200.0,
            floor_margin=0.05,
            price_classes=_ladder(i),
            items=GOALS[i % 2] if i % 3 == 0 else "",
            n_items=4,
            eligible_when=_condition(i) if i % 2 else None,
            cool_down_days=7.0,
            cool_down_after=(("rejected", 30.0),),
        )
        for i in range(ACTIONS - 1)
    ]
    nothing = Action("nothing", "none", "-", "-", ("email", "web"), "", Prior(0.5, 2.0))
    return Catalogue((*actions, nothing))


def policy(exploration: str) -> Policy:
    """Return a policy that uses every rule there is."""
    return Policy(
        limits=(
            ContactLimit("shown", 3, 7.0, 7.0, channel="email"),
            ContactLimit("shown", 6, 30.0, 7.0),
            ContactLimit("rejected", 2, 30.0, 60.0, kind="offer"),
            ContactLimit("shown", 2, 14.0, 14.0, group="sales"),
        ),
        fatigue=Fatigue(6, 60.0, 14.0),
        journeys=(
            Journey(
                "open_complaint", Apply(">", (Column("visits_30d"), Literal(0.97))), ("offer",)
            ),
        ),
        quiet_from=21,
        quiet_until=8,
        quiet_channels=("email",),
        control_share=0.05,
        random_share=0.02,
        exploration=exploration,
        max_per_kind=1,
        value_weights={"offer": 0.9},
        context_weights={("email", "service"): 1.2},
        seed=7,
    )


def situation(seed: int = 1) -> Situation:
    """Return an email campaign at noon: every gate counts."""
    return Situation(channel="email", direction="outbound", as_of=NOW, n=3, seed=seed)


@dataclass(frozen=True)
class Records:
    """What the stores hold of m customers: text and numbers, not yet columns."""

    subjects: list[str]
    consents: list[list[ConsentRecord]]
    contacts: list[list[Contact]]
    columns: dict[str, NDArray[np.float64]]
    scores: dict[str, NDArray[np.float64]]


def records(m: int, seed: int) -> Records:
    """Make customers with a consent a purpose and 0 to 20 contacts in 90 days each."""
    rng = np.random.default_rng(seed)
    status = np.where(rng.random((m, 3)) < 0.85, "granted", "withdrawn").tolist()
    lines = rng.integers(0, 21, m)
    at = iter((NOW - rng.uniform(0, 90 * DAY, int(lines.sum()))).astype(np.int64).tolist())
    what = iter(rng.integers(0, ACTIONS - 1, int(lines.sum())).tolist())
    how = iter(rng.integers(0, len(OUTCOMES), int(lines.sum())).tolist())

    def contact() -> Contact:
        i = next(what)
        return Contact(
            ("email", "web")[i % 2], f"a{i:02d}", KINDS[i % 5], OUTCOMES[next(how)], next(at)
        )

    return Records(
        subjects=[f"customer-{seed}-{i}" for i in range(m)],
        consents=[
            [ConsentRecord(p, "any", s, NOW - 9 * DAY) for p, s in zip(PURPOSES, row, strict=True)]
            for row in status
        ],
        contacts=[[contact() for _ in range(n)] for n in lines.tolist()],
        columns={name: rng.random(m) for name in COLUMNS},
        scores={name: rng.beta(2, 30, m) for name in MODELS},
    )


def block(told: Records, actions: Catalogue) -> ActionBlock:
    """Lay the records out: what a caller of the core does before a decision."""
    m = len(told.subjects)
    return ActionBlock(
        subjects=tuple(told.subjects),
        keys=subject_keys(told.subjects),
        known=np.ones(m, dtype=np.bool_),
        columns=told.columns,
        consents=ConsentLedger.of(told.consents),
        contacts=ContactLedger.of(told.contacts, actions),
        sellable={goal: np.ones(m, dtype=np.bool_) for goal in GOALS},
        margins={goal: np.full(m, 0.35) for goal in GOALS},
        responses={
            name: Propensity(p, 0.7 * p, 1.4 * p, np.full(m, 200.0))
            for name, p in told.scores.items()
        },
        uplifts={
            action.action_id: Uplift(0.6 * p, 0.2 * p, p)
            for action in actions
            if action.model in MODELS[:5] and (p := told.scores[action.model]) is not None
        },
        utc_offset_s=np.full(m, 3600, dtype=np.int64),
    )
