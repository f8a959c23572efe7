"""Parameters are found again, slopes are slopes, and the prior holds where data are few."""

import numpy as np
import pytest

from decisioning.customers.buy_till_you_die.bg_nbd import BGNBD
from decisioning.customers.buy_till_you_die.gamma_gamma import GammaGamma
from decisioning.customers.buy_till_you_die.histories import Histories
from decisioning.customers.buy_till_you_die.pareto_nbd import ParetoNBD
from training.models.contract import TooFewRowsError
from training.models.value.likelihood import (
    Held,
    _pareto_slopes,
    fit_bg_nbd,
    fit_gamma_gamma,
    fit_pareto_nbd,
)

PLAIN = Held(np.inf)


def seen(rate: np.ndarray, life: np.ndarray, age: np.ndarray, seed: int) -> Histories:
    rng = np.random.default_rng(seed)
    within = np.minimum(life, age)
    x = rng.poisson(rate * within)
    # Rounded, as days are: equal histories are fitted once.
    last = np.round(within * np.array([rng.random(k).max(initial=0.0) for k in x]), 1)
    return Histories(x.astype(np.float64), last, age)


def pareto_world(model: ParetoNBD, n: int, seed: int, longest: float = 80.0) -> Histories:
    rng = np.random.default_rng(seed)
    rate = rng.gamma(model.r, 1 / model.alpha, n)
    life = rng.exponential(1 / rng.gamma(model.s, 1 / model.beta, n))
    return seen(rate, life, np.round(rng.uniform(longest / 2, longest, n), 1), seed)


def bg_world(model: BGNBD, n: int, seed: int) -> Histories:
    rng = np.random.default_rng(seed)
    x, last, age = np.zeros(n), np.zeros(n), np.round(rng.uniform(40, 80, n), 1)
    rate, leaves = rng.gamma(model.r, 1 / model.alpha, n), rng.beta(model.a, model.b, n)
    for k in range(n):
        at = 0.0
        gone = model.modified and rng.random() < leaves[k]
        while not gone:
            at += rng.exponential(1 / rate[k])
            if at > age[k]:
                break
            x[k], last[k] = x[k] + 1, at
            gone = rng.random() < leaves[k]
    return Histories(x, np.round(last, 1), age)


def test_pareto_parameters_are_found_again() -> None:
    truth = ParetoNBD(0.7, 6.0, 0.6, 12.0)
    found = fit_pareto_nbd(pareto_world(truth, 3000, 1))
    assert found.r / found.alpha == pytest.approx(truth.r / truth.alpha, rel=0.1)
    assert found.r == pytest.approx(truth.r, rel=0.15)
    assert found.s == pytest.approx(truth.s, rel=0.25)


@pytest.mark.parametrize("modified", [False, True])
def test_bg_parameters_are_found_again(modified: bool) -> None:
    truth = BGNBD(0.6, 5.0, 0.9, 2.5, modified)
    found = fit_bg_nbd(bg_world(truth, 3000, 2), modified=modified)
    assert found.modified is modified
    assert found.r / found.alpha == pytest.approx(truth.r / truth.alpha, rel=0.1)
    assert found.a / (found.a + found.b) == pytest.approx(0.9 / 3.4, rel=0.2)


def test_gamma_gamma_foretells_as_the_truth_would_in_any_currency() -> None:
    rng = np.random.default_rng(3)
    purchases = rng.integers(1, 8, 4000).astype(np.float64)
    own = rng.gamma(3.7, 1 / 15.4, 4000)
    mean = rng.gamma(6.25 * purchases, 1 / own) / purchases
    found = fit_gamma_gamma(purchases, mean)
    # p and g lie on a ridge: a mean amount says little of how much single ones vary. What is
    # foretold of a customer is what must come out.
    truth, few = GammaGamma(6.25, 3.7, 15.4), np.array([1.0, 1.0, 4.0, 4.0])
    total = few * np.array([15.0, 80.0, 15.0, 80.0])
    np.testing.assert_allclose(
        found.worth(few, total).mean, truth.worth(few, total).mean, rtol=0.08
    )
    yen = fit_gamma_gamma(purchases, 100 * mean)
    assert (yen.p, yen.q, yen.g) == pytest.approx((found.p, found.q, 100 * found.g), rel=1e-3)
    assert isinstance(yen, GammaGamma)


def test_slopes_are_those_of_the_likelihood() -> None:
    world = pareto_world(ParetoNBD(0.7, 6.0, 0.6, 12.0), 200, 4)
    weights = np.linspace(0.5, 2.0, 200)
    logs = np.log([0.5, 9.0, 0.8, 20.0])
    _, slopes = _pareto_slopes(np.exp(logs), world, weights)
    for k in range(4):
        shift = 1e-5 * np.eye(4)[k]
        high, low = (_pareto_slopes(np.exp(logs + d), world, weights)[0] for d in (shift, -shift))
        assert slopes[k] == pytest.approx((high - low) / 2e-5, rel=1e-4, abs=1e-4)


def test_the_prior_holds_a_ridge_and_bends_little_else() -> None:
    young = pareto_world(ParetoNBD(0.6, 8.0, 0.6, 10.0), 400, 5, longest=16.0)
    plain, held = fit_pareto_nbd(young, PLAIN), fit_pareto_nbd(young)
    assert abs(np.log(held.s)) < abs(np.log(plain.s))
    lost = plain.log_likelihood(young).sum() - held.log_likelihood(young).sum()
    assert 0.0 <= lost < 3.0


def test_few_customers_are_refused_with_their_number() -> None:
    world = pareto_world(ParetoNBD(0.7, 6.0, 0.6, 12.0), 300, 6)
    with pytest.raises(TooFewRowsError, match="40 customers"):
        fit_pareto_nbd(world.take(np.arange(40)))
    once = world.take(np.flatnonzero(world.frequency == 0)[:60])
    with pytest.raises(TooFewRowsError, match="0 bought again"):
        fit_bg_nbd(once)
    with pytest.raises(TooFewRowsError, match="49 customers with amounts"):
        fit_gamma_gamma(np.ones(60), np.r_[np.zeros(11), np.ones(49)])
