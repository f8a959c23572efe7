"""Draws that depend on who and why only, and arms with exact probabilities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.arms import CONTROL, POLICY, RANDOM, action_probability, assign_arms
from decisioning.draws import draws, shuffle_order
from decisioning.policy import DAY, Policy
from tests.decisioning.support import NOW

MANY = [f"customer {k}" for k in range(20_000)]


def test_draws_are_uniform_and_purposes_independent():
    one, other = draws(1, "control", MANY), draws(1, "random|5", MANY)
    assert ((one >= 0) & (one < 1)).all()
    observed = np.bincount((one * 20).astype(int), minlength=20)
    # Chi-squared with 19 degrees of freedom: 43.8 is exceeded once in a thousand.
    assert ((observed - 1000) ** 2 / 1000).sum() < 43.8
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.03
    assert abs(np.corrcoef(one, draws(2, "control", MANY))[0, 1]) < 0.03


@given(st.lists(st.text(max_size=5)), st.integers(), st.text(max_size=9), st.randoms())
def test_a_draw_does_not_depend_on_the_block(subjects, seed, purpose, random):
    together = dict(zip(subjects, draws(seed, purpose, subjects), strict=True))
    random.shuffle(subjects)
    assert [together[s] for s in subjects] == [draws(seed, purpose, [s])[0] for s in subjects]


def test_every_order_is_as_likely():
    orders = [tuple(shuffle_order(3, "slate|1", s, 3)) for s in MANY[:6000]]
    counts = [orders.count(order) for order in sorted(set(orders))]
    assert len(counts) == 6
    # Chi-squared with 5 degrees of freedom: 20.5 is exceeded once in a thousand.
    assert sum((c - 1000) ** 2 / 1000 for c in counts) < 20.5
    assert orders[0] == tuple(shuffle_order(3, "slate|1", MANY[0], 3))


def test_arms_have_their_shares_and_control_is_for_life():
    policy = Policy(control_share=0.1, random_share=0.05, seed=3)
    arms = [assign_arms(MANY, policy, 9, NOW + day * DAY) for day in (0, 1)]
    counts = {arm: arms[0].count(arm) / len(MANY) for arm in (CONTROL, RANDOM, POLICY)}
    assert counts == pytest.approx({CONTROL: 0.1, RANDOM: 0.9 * 0.05, POLICY: 0.855}, abs=0.01)
    held_back = [{s for s, a in zip(MANY, arm, strict=True) if a == CONTROL} for arm in arms]
    assert held_back[0] == held_back[1]
    assert arms[0] != arms[1], "whom we explore changes from day to day"
    assert arms[0] == assign_arms(MANY, policy, 9, NOW - NOW % DAY), "and not within one"
    other_seed = assign_arms(MANY, policy, 10, NOW)
    assert {s for s, a in zip(MANY, other_seed, strict=True) if a == CONTROL} == held_back[0]


def test_no_share_no_arm():
    assert set(assign_arms(MANY[:500], Policy(), 1, NOW)) == {POLICY}
    assert set(assign_arms(MANY[:500], Policy(random_share=1.0), 1, NOW)) == {RANDOM}
    both = Policy(control_share=1.0, random_share=1.0)
    assert set(assign_arms(MANY[:500], both, 1, NOW)) == {CONTROL}


@given(st.integers(0, 12), st.integers(1, 6), st.floats(0, 1))
def test_probabilities_of_a_full_slate_sum_to_its_length(allowed, n, share):
    chosen = np.arange(allowed) < n
    found = action_probability(allowed, chosen, n, share)
    assert found.shape == (allowed,)
    assert ((found >= 0) & (found <= 1)).all()
    assert found.sum() == pytest.approx(min(n, allowed))
