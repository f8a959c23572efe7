"""Draws that depend on who and why only, and arms with exact probabilities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.arms import CONTROL, POLICY, RANDOM, assign_arms
from decisioning.draws import draws, subject_keys
from decisioning.policy import DAY, Policy
from tests.decisioning.support import NOW

MANY = subject_keys([f"customer {k}" for k in range(20_000)])


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
    together = dict(zip(subjects, draws(seed, purpose, subject_keys(subjects)), strict=True))
    random.shuffle(subjects)
    for subject in subjects:
        assert together[subject] == draws(seed, purpose, subject_keys([subject]))[0]


def test_neighbouring_keys_draw_independently():
    keys = np.arange(20_000, dtype=np.uint64)
    drawn = draws(1, "control", keys)
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 0.03
    observed = np.bincount((drawn * 20).astype(int), minlength=20)
    assert ((observed - 1000) ** 2 / 1000).sum() < 43.8


def test_arms_have_their_shares_and_control_is_for_life():
    policy = Policy(control_share=0.1, random_share=0.05, seed=3)
    arms = [assign_arms(MANY, policy, 9, NOW + day * DAY) for day in (0, 1)]
    counts = {arm: (arms[0] == arm).mean() for arm in (CONTROL, RANDOM, POLICY)}
    assert counts == pytest.approx({CONTROL: 0.1, RANDOM: 0.9 * 0.05, POLICY: 0.855}, abs=0.01)
    held_back = [arm == CONTROL for arm in arms]
    assert (held_back[0] == held_back[1]).all()
    assert (arms[0] != arms[1]).any(), "whom we explore changes from day to day"
    assert (arms[0] == assign_arms(MANY, policy, 9, NOW - NOW % DAY)).all(), "not within one"
    other_seed = assign_arms(MANY, policy, 10, NOW)
    assert ((other_seed == CONTROL) == held_back[0]).all()


def test_no_share_no_arm():
    some = MANY[:500]
    assert (assign_arms(some, Policy(), 1, NOW) == POLICY).all()
    assert (assign_arms(some, Policy(random_share=1.0), 1, NOW) == RANDOM).all()
    both = Policy(control_share=1.0, random_share=1.0)
    assert (assign_arms(some, both, 1, NOW) == CONTROL).all()
