"""Generated blocks, catalogues, policies and situations: what the invariants are tried on."""

import dataclasses
import os

from hypothesis import settings
from hypothesis import strategies as st

from decisioning.catalogue import PriceClass, PriceStep, Prior
from decisioning.conditions import Apply, Column, Literal
from decisioning.consent import ConsentRecord
from decisioning.ledger import Contact
from decisioning.policy import DAY, ContactLimit, Fatigue, Journey, Policy
from tests.decisioning.support import EVERYTHING, NOTHING, NOW, granted, make_action, make_block

CASES = int(os.environ.get("INVARIANT_CASES", "60"))
many = settings(max_examples=CASES, deadline=None)

NAN = float("nan")
AGE_OVER_30 = Apply(">", (Column("age"), Literal(30.0)))
COMPLAINT = Apply(">=", (Column("complaints"), Literal(1.0)))
LADDER = (PriceStep(0.0, 1.0), PriceStep(0.05, 1.3), PriceStep(0.15, 2.0))
CLASSES = st.sampled_from(
    [
        (),
        (PriceClass("everybody", None, LADDER),),
        (PriceClass("older", AGE_OVER_30, LADDER), PriceClass("others", None, LADDER[:2])),
    ]
)
ACTIONS = st.lists(
    st.builds(
        make_action,
        st.just("a"),
        kind=st.sampled_from(["offer", "service", "retention"]),
        group=st.sampled_from(["", "sales"]),
        channels=st.sampled_from([("email",), ("email", "web"), ("web",)]),
        purpose=st.sampled_from(["marketing", "personalisation"]),
        model=st.sampled_from(["", "m", "absent"]),
        prior=st.builds(Prior, st.sampled_from([0.02, 0.1, 0.5]), st.sampled_from([2.0, 40.0])),
        value=st.sampled_from([0.0, 100.0, 1000.0]),
        cost=st.sampled_from([0.0, 10.0, 50.0]),
        price=st.just(4000.0),
        floor_margin=st.sampled_from([0.0, 0.2]),
        price_classes=CLASSES,
        items=st.sampled_from(["", "any", "replenish"]),
        eligible_when=st.sampled_from([None, AGE_OVER_30]),
        cool_down_days=st.sampled_from([0.0, 7.0]),
        cool_down_after=st.sampled_from([(), (("rejected", 5.0),)]),
    ),
    min_size=1,
    max_size=6,
)
LIMITS = st.lists(
    st.builds(
        ContactLimit,
        st.sampled_from(["shown", "shown", "rejected"]),
        st.integers(1, 3),
        st.sampled_from([1.0, 7.0]),
        st.sampled_from([0.5, 7.0, 9.0]),
        channel=st.sampled_from(["", "email"]),
        kind=st.sampled_from(["", "offer"]),
        group=st.sampled_from(["", "sales"]),
        action=st.sampled_from(["", "a0"]),
    ),
    max_size=3,
).map(tuple)
POLICIES = st.builds(
    Policy,
    limits=LIMITS,
    fatigue=st.sampled_from([None, Fatigue(2, 30.0, 10.0)]),
    journeys=st.sampled_from([(), (Journey("open_complaint", COMPLAINT, ("offer",), ("sales",)),)]),
    quiet_from=st.just(21),
    quiet_until=st.just(8),
    quiet_channels=st.sampled_from([(), ("email",)]),
    control_share=st.sampled_from([0.0, 0.4, 1.0]),
    random_share=st.sampled_from([0.0, 0.4, 1.0]),
    exploration=st.sampled_from(["none", "thompson"]),
    max_per_kind=st.integers(0, 2),
    context_weights=st.sampled_from([{}, {("email", "offer"): 1.5}]),
    seed=st.integers(0, 3),
)
OUTCOMES = ("shown", "shown", "clicked", "rejected", "purchased", "ignored")


@st.composite
def situations(draw):
    from tests.decisioning.support import situation

    return situation(
        channel=draw(st.sampled_from(["email", "web"])),
        direction=draw(st.sampled_from(["inbound", "outbound"])),
        as_of=draw(st.integers(NOW, NOW + 9 * DAY)),
        n=draw(st.integers(1, 4)),
    )


@st.composite
def catalogues(draw):
    actions = [dataclasses.replace(a, action_id=f"a{k}") for k, a in enumerate(draw(ACTIONS))]
    actions.insert(draw(st.integers(0, len(actions))), NOTHING)
    return actions


CONTACTS = st.lists(
    st.builds(
        Contact,
        st.sampled_from(["email", "web"]),
        st.sampled_from(["a0", "a1", "gone"]),
        st.sampled_from(["offer", "service"]),
        st.sampled_from(OUTCOMES),
        st.integers(NOW - 20 * DAY, NOW + DAY),
    ),
    max_size=5,
)
STATEMENTS = st.lists(
    st.builds(
        ConsentRecord,
        st.sampled_from(["marketing", "personalisation"]),
        st.sampled_from(["any", "email", "web"]),
        st.sampled_from(["granted", "granted", "denied", "withdrawn"]),
        st.integers(NOW - 20 * DAY, NOW + 20 * DAY),
        st.none() | st.integers(NOW, NOW + 20 * DAY),
        st.integers(0, 3),
        st.integers(0, 1),
    ),
    max_size=5,
)


@st.composite
def blocks(draw, most=5):
    m = draw(st.integers(1, most))

    def each(strategy):
        return draw(st.lists(strategy, min_size=m, max_size=m))

    consents = st.sampled_from([[], EVERYTHING, EVERYTHING, granted("marketing")]) | STATEMENTS
    return make_block(
        [f"c{k}" for k in range(m)],
        known=each(st.sampled_from([True, True, True, False])),
        columns={
            "age": each(st.sampled_from([20.0, 40.0, NAN])),
            "complaints": each(st.sampled_from([0.0, 0.0, 1.0, NAN])),
        },
        consents=each(consents),
        contacts=each(CONTACTS),
        sellable={g: each(st.booleans()) for g in ("any", "replenish")},
        margins={"any": each(st.sampled_from([0.3, 0.1, NAN]))},
        propensities={"m": each(st.sampled_from([0.01, 0.2, NAN]))},
        uplifts={"a0": each(st.sampled_from([0.0, 0.05, NAN]))},
        offsets=each(st.sampled_from([0, -5 * 3600, 9 * 3600])),
    )
