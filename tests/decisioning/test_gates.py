"""The gates as a row: each has its place, and the first that refuses gives the reason."""

import pytest

from decisioning.conditions import Apply, Column, Literal
from decisioning.ledger import Contact
from decisioning.policy import DAY, ContactLimit, Journey, Policy
from decisioning.reasons import REASONS
from tests.decisioning.support import (
    EVERYTHING,
    NOTHING,
    NOW,
    decide,
    make_action,
    make_block,
    situation,
)

ADULT = Apply(">=", (Column("age"), Literal(18.0)))
COMPLAINT = Apply(">", (Column("complaints"), Literal(0.0)))
RULES = Policy(
    journeys=(Journey("open_complaint", COMPLAINT, suppress_kinds=("offer",)),),
    limits=(ContactLimit("shown", 1, 7.0, 7.0),),
)
STEPS = (
    ("unknown_subject", {"known": [True]}),
    ("not_active", {"valid_until": None}),
    ("condition_false", {"columns": {"age": [40.0], "complaints": [1.0]}}),
    ("consent_unknown", {"consents": [EVERYTHING]}),
    ("no_sellable_item", {"sellable": {"any": [True]}}),
    ("journey", {"columns": {"age": [40.0], "complaints": [0.0]}}),
    ("contact_cap", {"contacts": [[]]}),
)


def reason_of(action, policy=RULES, **facts):
    found = decide(make_block(["c"], **facts), [action, NOTHING], policy, situation())[0]
    return REASONS[found.verdict[0]].code


@pytest.mark.parametrize("mended", range(len(STEPS) + 1))
def test_the_first_refusal_stands_whatever_comes_after(mended):
    """Everything is wrong with this contact; mend one thing after the other."""
    facts = {
        "known": [False],
        "valid_until": NOW,
        "columns": {"age": [10.0], "complaints": [1.0]},
        "consents": [[]],
        "sellable": {"any": [False]},
        "contacts": [[Contact("email", "a", "offer", "shown", NOW - DAY)]],
    }
    for _, change in STEPS[:mended]:
        facts |= change
    action = make_action(
        "a", items="any", eligible_when=ADULT, valid_until=facts.pop("valid_until")
    )
    expected = [code for code, _ in STEPS] + ["passed"]
    assert reason_of(action, **facts) == expected[mended]


def test_a_constant_condition_holds_for_everybody_beside_others():
    always, never = (make_action(x, eligible_when=Literal(v)) for x, v in (("b", 1.0), ("c", 0.0)))
    adults = make_action("a", eligible_when=ADULT)
    block = make_block(["x", "y"], columns={"age": [40.0, 10.0]})
    found = decide(block, [adults, always, never, NOTHING], Policy(), situation())
    codes = [[REASONS[v].code for v in row.verdict[:3]] for row in found]
    assert codes[0] == ["passed", "passed", "condition_false"]
    assert codes[1] == ["condition_false", "passed", "condition_false"]
    alone = decide(block, [always, NOTHING], Policy(), situation())
    assert [REASONS[row.verdict[0]].code for row in alone] == ["passed", "passed"]


def test_an_action_holds_from_its_first_second_until_its_last():
    action = make_action("a", valid_from=NOW, valid_until=NOW + 1)
    assert reason_of(action, Policy()) == "passed"
    assert reason_of(make_action("a", valid_from=NOW + 1), Policy()) == "not_active"
    assert reason_of(make_action("a", valid_until=NOW), Policy()) == "not_active"
