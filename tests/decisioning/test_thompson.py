"""Draws from posteriors, and choice probabilities that are frequencies."""

import dataclasses

import numpy as np
import pytest
from scipy.special import betainc, ndtri

from decisioning.catalogue import PriceClass, PriceStep, Prior
from decisioning.compiled import Catalogue
from decisioning.draws import mixed, subject_keys, uniform
from decisioning.policy import DAY, Policy
from decisioning.thompson import REPLICATES, beta_draws, normal_draws, picked_replicate
from tests.decisioning.support import NOTHING, NOW, decide, make_action, make_block, situation

THOMPSON = Policy(exploration="thompson")
KEYS = np.random.default_rng(0).integers(0, 2**64, (1, 100_000), dtype=np.uint64)
LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.95, 0.99])


@pytest.mark.parametrize(
    ("alpha", "beta"),
    [(1, 19), (0.5, 0.5), (0.1, 5), (2, 40), (10, 90), (30, 3), (0.02, 1), (400, 9600)],
)
def test_draws_have_the_quantiles_of_their_posterior(alpha, beta):
    mean, strength = np.array([alpha / (alpha + beta)]), np.array([float(alpha + beta)])
    found = beta_draws(mean, strength, KEYS)[0]
    level = betainc(alpha, beta, np.quantile(found, LEVELS))
    assert np.abs(level - LEVELS).max() < 0.006
    assert found.mean() == pytest.approx(alpha / (alpha + beta), abs=0.004)
    assert ((found >= 0) & (found <= 1)).all()


def test_certain_posteriors_draw_what_is_certain():
    found = beta_draws(np.array([0.0, 1.0]), np.array([50.0, 50.0]), KEYS[:, :200].repeat(2, 0))
    assert np.isfinite(found).all()
    assert found[0].max() < 1e-6
    assert found[1].min() > 1 - 1e-6


def test_normal_draws():
    found = normal_draws(np.array([0.3]), np.array([0.1]), KEYS)[0]
    assert found.mean() == pytest.approx(0.3, abs=0.002)
    assert found.std() == pytest.approx(0.1, abs=0.002)


def test_every_replicate_is_as_likely():
    picked = picked_replicate(3, 5, KEYS[0])
    assert np.bincount(picked, minlength=REPLICATES).min() > 800
    assert picked.max() == REPLICATES - 1


def many(actions, policy, n=1, m=1500, **more):
    block = make_block([f"c{k}" for k in range(m)], **more)
    return decide(block, actions, policy, situation(n=n))


def test_what_is_chosen_is_as_frequent_as_its_probability_says():
    actions = [
        make_action("known", prior=Prior(0.10, 5000.0)),
        make_action("unknown", prior=Prior(0.09, 10.0)),
        make_action("poor", prior=Prior(0.02, 200.0)),
        NOTHING,
    ]
    decisions = many(actions, dataclasses.replace(THOMPSON, random_share=0.2))
    told = np.mean([d.probability for d in decisions], axis=0)
    seen = np.bincount([d.slate[0] for d in decisions], minlength=4) / len(decisions)
    np.testing.assert_allclose(told, seen, atol=0.035)
    assert told[1] > 0.3, "what is not known well is tried"
    # Each is a whole number of replicates, mixed with the random arm.
    share = (decisions[0].probability - 0.2 / 4) / 0.8 * REPLICATES
    np.testing.assert_allclose(share, np.round(share), atol=1e-9)


def test_the_probability_that_one_beats_the_other():
    """P(Beta(2, 18) > Beta(3, 17)), by a sum over many exact draws."""
    rng = np.random.default_rng(1)
    exact = (rng.beta(2, 18, 400_000) > rng.beta(3, 17, 400_000)).mean()
    actions = [
        make_action("a", prior=Prior(0.10, 20.0)),
        make_action("b", prior=Prior(0.15, 20.0)),
        NOTHING,
    ]
    found = many([dataclasses.replace(a, cost=0.0) for a in actions], THOMPSON)
    assert np.mean([d.probability[0] for d in found]) == pytest.approx(exact, abs=0.01)


def test_uplift_is_what_is_drawn_where_it_is_known():
    actions = [make_action("a", model="m", value=1000.0, cost=10.0), NOTHING]
    helps = many(actions, THOMPSON, propensities={"m": [0.5] * 1500}, uplifts={"a": [0.2] * 1500})
    harms = many(actions, THOMPSON, propensities={"m": [0.5] * 1500}, uplifts={"a": [-0.2] * 1500})
    assert {d.slate for d in helps} == {(0,)}
    assert {d.slate for d in harms} == {(1,)}, "they would have bought anyway, and more of it"
    # Worth 10 cents of cost: a normal with mean 0.01 and this deviation is above it half the time.
    even = many(actions, THOMPSON, propensities={"m": [0.5] * 1500}, uplifts={"a": [0.01] * 1500})
    assert np.mean([d.probability[0] for d in even]) == pytest.approx(0.5, abs=0.02)


def test_a_day_is_one_draw_and_the_next_day_another():
    actions = [make_action(f"a{k}", prior=Prior(0.1, 5.0)) for k in range(4)]
    block = make_block(["c1"])
    slates = [
        decide(block, [*actions, NOTHING], THOMPSON, situation(as_of=NOW + s, n=1))[0].slate
        for s in (0, 60, 3600, *range(DAY, 12 * DAY, DAY))
    ]
    assert len(set(slates[:3])) == 1
    assert len(set(slates)) > 1


def test_a_price_is_not_drawn_by_lot():
    ladder = (PriceClass("all", None, (PriceStep(0.0, 1.0), PriceStep(0.1, 3.0))),)
    action = make_action("a", prior=Prior(0.05, 10.0), price=4000.0, price_classes=ladder)
    found = many([action, NOTHING], THOMPSON, m=200)
    assert {d.discount[0] for d in found} == {0.1}


def test_a_catalogue_is_worked_out_once():
    catalogue = Catalogue([NOTHING, make_action("b"), make_action("a")])
    assert Catalogue.of(catalogue) is catalogue
    assert catalogue.by_id.tolist() == [2, 1, 0]
    assert catalogue.keys.tolist() == subject_keys(["do_nothing", "b", "a"]).tolist()


def one_by_one(mean, strength, keys):
    """The draw as it is defined: each variate by itself."""

    def lot(number):
        return uniform(mixed(keys, np.uint64(number))) + 2.0**-54

    def gamma(shape, normal, boost):
        raised = shape + 1.0
        cube = 1.0 - 1.0 / (9.0 * raised) + ndtri(normal) / (3.0 * np.sqrt(raised))
        return raised * np.maximum(cube, 1e-3) ** 3 * boost ** (1.0 / shape) + 1e-300

    alpha = np.maximum(mean * strength, 1e-9)[:, None]
    beta = np.maximum((1.0 - mean) * strength, 1e-9)[:, None]
    x, y = gamma(alpha, lot(1), lot(2)), gamma(beta, lot(3), lot(4))
    return x / (x + y)


@pytest.mark.parametrize("count", [0, 1, 7])
def test_drawn_together_they_have_the_bits_of_each_alone(count):
    rng = np.random.default_rng(count)
    mean, strength = rng.random(count), rng.exponential(30.0, count)
    keys = rng.integers(0, 2**64, (count, REPLICATES), dtype=np.uint64)
    expected = one_by_one(mean, strength, keys)
    np.testing.assert_array_equal(beta_draws(mean, strength, keys), expected)
