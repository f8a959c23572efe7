"""What must hold whatever the customers, the catalogue, the policy and the history are.

``INVARIANT_CASES=2000 pytest tests/decisioning/test_invariants.py`` tries more of them.
"""

import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from decisioning.consent import ConsentLedger, ConsentRecord
from decisioning.ledger import Contact
from decisioning.policy import DAY, Policy
from decisioning.reasons import CODE, PASSED, REASONS
from tests.decisioning.support import NOTHING, NOW, decide, make_block, same
from tests.decisioning.worlds import POLICIES, blocks, catalogues, many, situations


@many
@given(blocks(), catalogues(), POLICIES, situations())
def test_no_consent_no_offer_in_any_arm(block, actions, policy, here):
    for row, decision in enumerate(decide(block, actions, policy, here)):
        held = ConsentLedger.of([block.consents[row]])
        for k in decision.slate:
            purpose = actions[k].purpose
            if here.direction == "inbound" and purpose == "marketing":
                purpose = "personalisation"
            if purpose:
                assert held.verdicts(purpose, here.channel, here.as_of)[0] == PASSED


@many
@given(blocks(), catalogues(), POLICIES, situations())
def test_no_stock_no_offer_in_any_arm(block, actions, policy, here):
    for row, decision in enumerate(decide(block, actions, policy, here)):
        for k in decision.slate:
            assert not actions[k].items or block.sellable[actions[k].items][row]


@many
@given(blocks(), catalogues(), POLICIES, situations())
def test_control_is_never_contacted(block, actions, policy, here):
    for decision in decide(block, actions, policy, here):
        if decision.arm == "control" and here.direction == "outbound":
            assert all(actions[k].kind == "none" for k in decision.slate)
            contact = [a.kind != "none" for a in actions]
            assert not np.nansum(decision.probability[contact])


@many
@given(blocks(most=1), catalogues(), POLICIES, st.data())
def test_caps_are_never_exceeded(block, actions, policy, data):
    """Decide, make the contacts, decide again; then count in every window of every limit."""
    waits = st.sampled_from([0, 3600, DAY // 2, DAY, 3 * DAY])
    ledger, made, at = list(block.contacts[0]), [], NOW
    for wait in data.draw(st.lists(waits, min_size=3, max_size=12)):
        at += wait
        here = dataclasses.replace(data.draw(situations()), as_of=at, direction="outbound")
        now = dataclasses.replace(block, contacts=[ledger])
        for k in decide(now, actions, policy, here)[0].slate:
            if actions[k].kind != "none":
                made.append(
                    Contact(here.channel, actions[k].action_id, actions[k].kind, "shown", at)
                )
        ledger = [*block.contacts[0], *made]
    groups = {a.action_id: a.group for a in actions}
    for limit in policy.limits:
        if limit.outcome != "shown":
            continue
        counted = sorted(
            (c.at, c in made)
            for c in ledger
            if c.outcome == "shown"
            and limit.channel in ("", c.channel)
            and limit.kind in ("", c.kind)
            and limit.group in ("", groups.get(c.action_id, "of no action"))
            and limit.action in ("", c.action_id)
        )
        for last, is_ours in counted:
            window = [t for t, _ in counted if last - limit.days * DAY < t <= last]
            # What was there before us, and what arrives dated later, is not ours to answer for.
            if is_ours and not any(t > NOW and not ours for t, ours in counted):
                assert len(window) <= limit.count


@many
@given(blocks(), catalogues(), POLICIES, situations(), st.randoms())
def test_a_block_of_n_gives_what_n_blocks_of_one_give(block, actions, policy, here, random):
    together = decide(block, actions, policy, here)
    rows = list(range(len(together)))
    alone = [decide(block.part([r]), actions, policy, here)[0] for r in rows]
    assert same(together, alone)
    random.shuffle(rows)
    assert same(decide(block.part(rows), actions, policy, here), [together[r] for r in rows])


@many
@given(blocks(), catalogues(), POLICIES, situations(), st.randoms())
def test_the_order_of_the_catalogue_decides_nothing(block, actions, policy, here, random):
    order = list(range(len(actions)))
    random.shuffle(order)
    shuffled = [actions[k] for k in order]
    first = decide(block, actions, policy, here)
    for one, other in zip(first, decide(block, shuffled, policy, here), strict=True):
        assert [actions[k] for k in one.slate] == [shuffled[k] for k in other.slate]
        assert one.verdict[order].tolist() == other.verdict.tolist()
        np.testing.assert_array_equal(one.probability[order], other.probability)
        np.testing.assert_array_equal(one.drawn[order], other.drawn)


@many
@given(blocks(), catalogues(), POLICIES, situations(), st.data())
def test_raising_a_value_never_lowers_a_rank(block, actions, policy, here, data):
    k = data.draw(st.integers(0, len(actions) - 1))
    assume(actions[k].kind != "none")
    if policy.exploration == "thompson":
        # The price is that of the expected margin; a deeper one may suit this draw less.
        actions = [dataclasses.replace(a, price_classes=()) for a in actions]
    worthier = dataclasses.replace(actions[k], value=actions[k].value + 500.0)
    raised = [*actions[:k], worthier, *actions[k + 1 :]]
    before, after = decide(block, actions, policy, here), decide(block, raised, policy, here)
    for one, other in zip(before, after, strict=True):
        if k in one.slate:
            assert k in other.slate
            assert other.slate.index(k) <= one.slate.index(k)
        if not np.isnan(one.probability[k]):
            assert other.probability[k] >= one.probability[k] - 1e-12


@many
@given(blocks(), catalogues(), POLICIES, situations(), st.data())
def test_removing_a_consent_never_adds_an_action(block, actions, policy, here, data):
    row = data.draw(st.integers(0, len(block.subjects) - 1))
    grants = [r for r in block.consents[row] if r.status == "granted"]
    assume(grants)
    gone = data.draw(st.sampled_from(grants))
    # Without the grant, or with it withdrawn: what an earlier refusal left open stays as it was.
    withdrawn = ConsentRecord(
        gone.purpose, gone.channel, "withdrawn", here.as_of + 40 * DAY, part=gone.part
    )
    kept = [*block.consents[row], withdrawn]
    consents = [kept if r == row else c for r, c in enumerate(block.consents)]
    fewer = dataclasses.replace(block, consents=consents)
    before = decide(block, actions, policy, here)[row]
    after = decide(fewer, actions, policy, here)[row]
    allowed_before = ~np.isnan(before.probability)
    allowed_after = ~np.isnan(after.probability)
    assert not (allowed_after & ~allowed_before).any()


@many
@given(blocks(), catalogues(), POLICIES, situations())
def test_probabilities_over_what_is_allowed_sum_to_one(block, actions, policy, here):
    single = dataclasses.replace(here, n=1)
    for decision in decide(block, actions, policy, single):
        allowed = ~np.isnan(decision.probability)
        if allowed.any():
            assert decision.probability[allowed].sum() == pytest.approx(1, abs=1e-12)
            assert all(decision.probability[k] > 0 for k in decision.slate)
    for decision in decide(block, actions, policy, here):
        told = decision.probability[~np.isnan(decision.probability)]
        assert ((told >= 0) & (told <= 1 + 1e-12)).all()
        assert told.sum() <= here.n + 1e-9


@many
@given(blocks(), catalogues(), POLICIES, situations())
def test_every_drop_has_a_stage_and_a_reason(block, actions, policy, here):
    for decision in decide(block, actions, policy, here):
        chosen = decision.verdict == PASSED
        assert [k for k in range(len(actions)) if chosen[k]] == sorted(decision.slate)
        for verdict in decision.verdict[~chosen]:
            assert REASONS[verdict].stage
            assert verdict != PASSED


@many
@given(blocks(), catalogues(), POLICIES, situations())
def test_who_is_in_a_journey_is_not_interrupted(block, actions, policy, here):
    for row, decision in enumerate(decide(block, actions, policy, here)):
        complains = block.columns["complaints"][row] != 0
        for journey in policy.journeys:
            for k in decision.slate:
                waits = actions[k].kind in journey.suppress_kinds
                waits |= actions[k].group in journey.suppress_groups
                assert not (complains and waits)


@many
@given(blocks(), catalogues(), POLICIES, situations())
def test_a_price_never_goes_under_its_floor(block, actions, policy, here):
    for row, decision in enumerate(decide(block, actions, policy, here)):
        for k, action in enumerate(actions):
            discount = decision.discount[k]
            if np.isnan(discount) or discount == 0:
                continue
            paid = (1 - discount) * action.price
            assert action.value - discount * action.price >= action.floor_margin * paid - 1e-9
            if action.items:
                margin = block.margins.get(action.items, [float("nan")] * (row + 1))[row]
                left = (1 - discount) - (1 - margin)
                assert left >= action.floor_margin * (1 - discount) - 1e-9


@many
@given(blocks(), catalogues(), POLICIES, situations())
def test_the_policy_never_pays_to_lose(block, actions, policy, here):
    for decision in decide(block, actions, policy, here):
        if decision.arm == "random":
            continue
        for k in decision.slate:
            assert actions[k].kind == "none" or decision.drawn[k] > 0


def test_the_random_arm_does_nothing_now_and_then_too():
    block = make_block([f"c{k}" for k in range(300)])
    from tests.decisioning.support import make_action, situation

    actions = [make_action("a"), make_action("b"), NOTHING]
    chosen = decide(block, actions, Policy(random_share=1.0), situation(n=1))
    counts = np.bincount([d.slate[0] for d in chosen], minlength=3)
    assert (counts > 70).all()
    assert CODE["not_in_slate"] in chosen[0].verdict
