import dataclasses

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from decisioning.actions import decide_actions
from decisioning.arms import ARMS
from decisioning.assignment import capacities
from decisioning.batches import Wishes, keep_within, share_out
from decisioning.compiled import Catalogue
from decisioning.policy import Budget, Policy
from decisioning.reasons import CODE, PASSED
from decisioning.scoring import Tolls, expected_spend
from decisioning.slates import holds
from tests.decisioning.support import NOTHING, make_action, make_block, situation
from tests.decisioning.worlds import POLICIES, blocks, catalogues, many, situations

BUDGETS = st.lists(
    st.builds(
        Budget,
        st.just("b"),
        channel=st.sampled_from(["", "email"]),
        kind=st.sampled_from(["", "offer"]),
        group=st.sampled_from(["", "sales"]),
        contacts=st.sampled_from([None, 0, 1, 2]),
        money=st.sampled_from([None, 0.0, 30.0, 200.0]),
    ),
    min_size=1,
    max_size=3,
).map(tuple)


def outbound():
    return situations().map(lambda s: dataclasses.replace(s, direction="outbound"))


def run(block, actions, policy, here):
    """The whole batch: wishes, shares, and the decisions within the budgets."""
    actions = Catalogue.of(actions)
    free = decide_actions(block, actions, policy, here)
    wishes = Wishes.of(free, policy, here)
    limits = capacities(policy.budgets, actions, here.channel)
    shares = share_out(wishes, limits, actions, policy)
    priced = decide_actions(block, actions, policy, here, shares.tolls)
    return free, shares, keep_within(priced, shares.chosen, wishes.held, policy, here)


def used(decisions, limits):
    held = holds(decisions.slate, len(decisions.catalogue))
    spend = np.where(held, expected_spend(decisions.terms, decisions.catalogue), 0.0)
    unit = np.where(limits.in_money[:, None], spend.sum(axis=0), held.sum(axis=0))
    return (limits.members * unit).sum(axis=1)


@many
@given(blocks(), catalogues(), POLICIES, BUDGETS, outbound())
def test_a_batch_keeps_its_budgets_and_every_gate(block, actions, policy, budgets, here):
    policy = dataclasses.replace(policy, budgets=budgets)
    free, shares, final = run(block.laid(actions), actions, policy, here)
    limits = capacities(budgets, actions, here.channel)
    assert (used(final, limits) <= limits.limit + 1e-9).all()
    assert np.allclose(used(final, limits), shares.used)
    held = holds(final.slate, len(actions))
    assert (held <= free.allowed).all()
    assert (final.allowed == free.allowed).all()
    assert ((final.verdict == PASSED) == held).all()
    control = final.arm == ARMS.index("control")
    assert not (held & ~final.catalogue.is_none)[control].any()
    assert (held.sum(axis=1) <= here.n).all()
    certain = final.probability[final.allowed]
    assert ((certain >= 0) & (certain <= 1 + 1e-12)).all()
    taken = final.probability[held & ~control[:, None]]
    assert (taken > 0).all()
    lost = final.verdict == CODE["budget_spent"]
    assert (holds(free.slate, len(actions))[lost]).all()


@many
@given(blocks(), catalogues(), POLICIES, outbound())
def test_a_budget_that_is_not_reached_changes_nothing(block, actions, policy, here):
    policy = dataclasses.replace(policy, budgets=(Budget("b", contacts=10_000, money=1e9),))
    free, shares, final = run(block.laid(actions), actions, policy, here)
    assert not shares.tolls.contact.any()
    assert not shares.tolls.cent.any()
    for name in ("arm", "verdict", "drawn", "probability", "slate"):
        assert np.array_equal(
            getattr(free, name), getattr(final, name), equal_nan=name in ("drawn", "probability")
        )


@many
@given(blocks(), catalogues(), POLICIES, BUDGETS, outbound())
def test_wishes_of_parts_are_parts_of_the_wishes(block, actions, policy, budgets, here):
    actions = Catalogue.of(actions)
    whole = block.laid(actions)
    m = len(whole.subjects)
    decide = lambda part: decide_actions(part, actions, policy, here)  # noqa: E731
    parts = [Wishes.of(decide(whole.rows(i, i + 1)), policy, here) for i in range(m)]
    joined, once = Wishes.joined(parts), Wishes.of(decide(whole), policy, here)
    for field in dataclasses.fields(Wishes):
        one, other = getattr(joined, field.name), getattr(once, field.name)
        assert np.array_equal(one, other, equal_nan=field.name == "worth")


def calls_and_email(m, **changes):
    """m customers worth ever more; a call brings more than an email, and there are few calls."""
    email = make_action("email", value=100.0, cost=1.0, model="m")
    call = make_action("call", value=300.0, cost=20.0, model="m", group="calls")
    chance = [(i + 1) / (m + 1) for i in range(m)]
    block = make_block([f"c{i}" for i in range(m)], propensities={"m": chance})
    policy = Policy(budgets=(Budget("calls", group="calls", contacts=2),), **changes)
    actions = Catalogue((call, email, NOTHING))
    return block.laid(actions), actions, policy


def test_calls_go_to_those_for_whom_they_do_most_and_the_others_get_the_next_best():
    block, actions, policy = calls_and_email(6)
    free, shares, final = run(block, actions, policy, situation(n=1))
    # A call is worth it for everybody above 19 / 200; the best two get it.
    assert holds(free.slate, 3)[:, 0].tolist() == [True] * 6
    assert holds(final.slate, 3)[:, 0].tolist() == [False] * 4 + [True] * 2
    assert holds(final.slate, 3)[:, 1].tolist() == [True] * 4 + [False] * 2
    assert (final.verdict[:4, 0] == CODE["budget_spent"]).all()
    assert final.probability[:, 0].tolist() == [0.0] * 4 + [1.0] * 2
    # (5/7 x 200 - 19) and (4/7 x 200 - 19) stand on either side of the price.
    assert 4 / 7 * 200 - 19 <= shares.tolls.contact[0] <= 5 / 7 * 200 - 19
    assert shares.tolls.contact[1] == 0.0


def test_the_random_arm_uses_the_budget_first_and_no_more_than_there_is():
    block, actions, policy = calls_and_email(40, random_share=0.5, seed=3)
    free, shares, final = run(block, actions, policy, situation(n=1))
    at_random = final.arm == ARMS.index("random")
    wished, got = (holds(d.slate, 3)[:, 0] & at_random for d in (free, final))
    assert got.sum() == 2
    assert shares.refused == wished.sum() - 2
    first = np.flatnonzero(wished)[np.argsort(block.keys[wished])][:2]
    assert set(np.flatnonzero(got)) == set(first)
    assert not holds(final.slate, 3)[~at_random, 0].any()


def test_what_is_left_to_whom_the_budget_could_not_give_their_draw_is_certain():
    block, actions, policy = calls_and_email(40, random_share=0.5, seed=3)
    free, _, final = run(block, actions, policy, situation(n=1))
    at_random = final.arm == ARMS.index("random")
    refused = at_random & (holds(free.slate, 3) != holds(final.slate, 3)).any(axis=1)
    assert refused.any()
    held = holds(final.slate, 3)
    assert (final.probability[refused] == held[refused])[final.allowed[refused]].all()
    assert (final.probability[at_random & ~refused] < 1.0)[
        final.allowed[at_random & ~refused]
    ].all()


def test_a_toll_is_paid_in_every_replicate():
    block, actions, policy = calls_and_email(6, exploration="thompson")
    here = situation(n=1)
    free = decide_actions(block, actions, policy, here)
    toll = Tolls(np.array([1e6, 0.0, 0.0]), np.zeros(3))
    priced = decide_actions(block, actions, policy, here, toll)
    assert (free.probability[:, 0] > 0).any()
    assert not priced.probability[:, 0].any()
    assert np.array_equal(free.drawn, priced.drawn, equal_nan=True)
    assert np.allclose(priced.probability.sum(axis=1), 1.0)


def test_a_toll_on_money_is_one_on_cost_and_discount():
    block, actions, policy = calls_and_email(6)
    priced = decide_actions(block, actions, policy, situation(n=1), Tolls(np.zeros(3), np.ones(3)))
    spend = expected_spend(priced.terms, actions)
    assert spend[0].tolist() == [20.0, 1.0, 0.0]
    net = priced.terms.priority - spend
    assert (priced.slate[:, 0] == np.where(net.max(axis=1) > 0, net.argmax(axis=1), 2)).all()
