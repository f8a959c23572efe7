"""Pareto/NBD, BG/NBD, MBG/NBD: against closed forms, against a simulation, and as properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln, hyp2f1

from decisioning.customers.buy_till_you_die.bg_nbd import BGNBD
from decisioning.customers.buy_till_you_die.histories import Histories
from decisioning.customers.buy_till_you_die.pareto_nbd import ParetoNBD

PARETO = ParetoNBD(0.5533, 10.5776, 0.6062, 11.6679)
BG = BGNBD(0.2426, 4.4136, 0.7929, 2.4259)
MBG = BGNBD(0.5249, 6.1831, 0.8913, 1.6138, modified=True)
MODELS = pytest.mark.parametrize("model", [PARETO, BG, MBG], ids=["pareto", "bg", "mbg"])


def histories(*rows: tuple[float, float, float]) -> Histories:
    return Histories(*(np.array(column, dtype=np.float64) for column in zip(*rows, strict=True)))


def closed_form(model: ParetoNBD, x: float, last: float, age: float) -> float:
    """Fader & Hardie (2005), the likelihood by two hypergeometric functions."""
    r, alpha, s, beta = model.r, model.alpha, model.s, model.beta
    c, gap, top = max(alpha, beta), abs(alpha - beta), s + 1 if alpha >= beta else r + x
    a0 = sum(
        sign * hyp2f1(r + s + x, top, r + s + x + 1, gap / (c + t)) / (c + t) ** (r + s + x)
        for sign, t in ((1, last), (-1, age))
    )
    outside = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    alive = (alpha + age) ** -(r + x) * (beta + age) ** -s
    return float(outside + np.log(alive + s / (r + s + x) * a0))


@pytest.mark.parametrize("model", [PARETO, ParetoNBD(1.4, 3.0, 2.1, 30.0)])
@pytest.mark.parametrize("row", [(0.0, 0.0, 38.86), (2.0, 30.43, 38.86), (7.0, 12.0, 30.0)])
def test_pareto_likelihood_is_that_of_the_closed_form(model: ParetoNBD, row: tuple) -> None:
    assert model.log_likelihood(histories(row))[0] == pytest.approx(closed_form(model, *row), 1e-9)


def test_one_of_the_papers_customers() -> None:
    # CDNOW's first customer: 2 repeats, the last at 30.43 of 38.86 weeks; 1.23 expected of BG/NBD
    # in 39 weeks (Fader, Hardie & Lee 2005), after Euler's transformation.
    said = BG.expected(histories((2.0, 30.43, 38.86)), 39.0)
    assert said[0] == pytest.approx(1.226, abs=1e-3)


@pytest.mark.parametrize("model", [BG, MBG], ids=["bg", "mbg"])
def test_expectation_is_that_of_the_papers_formula(model: BGNBD) -> None:
    rows = histories((0.0, 0.0, 20.0), (3.0, 10.0, 20.0), (9.0, 19.0, 20.0))
    x, b, t = rows.frequency, model.b + model.modified, 13.0
    z = t / (model.alpha + rows.age + t)
    plain = (model.a + b + x - 1) / (model.a - 1) * (1 - (1 - z) ** (model.r + x) * hyp2f1(
        model.r + x, b + x, model.a + b + x - 1, z
    ))  # fmt: skip
    np.testing.assert_allclose(model.expected(rows, t), model.alive(rows) * plain, rtol=1e-10)


@MODELS
def test_a_daily_buyer_of_years_overflows_nothing(model: ParetoNBD | BGNBD) -> None:
    said = model.expected(histories((2000.0, 999.0, 1000.0), (2000.0, 400.0, 1000.0)), 100.0)
    assert said[0] == pytest.approx(200.0, rel=0.1)
    assert said[1] == pytest.approx(0.0, abs=1e-6)


def test_shape_one_is_no_hole() -> None:
    rows = histories((3.0, 20.0, 30.0))
    for at, near in (
        (ParetoNBD(0.6, 10.0, 1.0, 12.0), ParetoNBD(0.6, 10.0, 1.0 + 1e-7, 12.0)),
        (BGNBD(0.3, 4.0, 1.0, 2.4), BGNBD(0.3, 4.0, 1.0 + 1e-5, 2.4)),
    ):
        assert at.expected(rows, 10.0)[0] == pytest.approx(near.expected(rows, 10.0)[0], rel=1e-4)


def test_bought_this_moment_is_alive() -> None:
    assert PARETO.alive(histories((4.0, 30.0, 30.0)))[0] == 1.0


def test_without_repeats_a_bg_customer_has_had_no_chance_to_leave() -> None:
    rows = histories((0.0, 0.0, 500.0))
    assert BG.alive(rows)[0] == 1.0
    assert MBG.alive(rows)[0] < 0.7


def simulated(model: ParetoNBD, n: int, age: float, horizon: float) -> tuple[Histories, np.ndarray]:
    """Live as the model says: rows of what was seen, and purchases in the horizon."""
    rng = np.random.default_rng(3)
    rate = rng.gamma(model.r, 1 / model.alpha, n)
    life = rng.exponential(1 / rng.gamma(model.s, 1 / model.beta, n))
    x = rng.poisson(rate * np.minimum(life, age))
    latest = np.minimum(life, age) * np.array([rng.random(k).max(initial=0.0) for k in x])
    after = rng.poisson(rate * np.clip(life - age, 0, horizon))
    return Histories(x.astype(np.float64), latest, np.full(n, age)), after


def test_counts_are_those_of_simulated_lives() -> None:
    rows, came = simulated(PARETO, 20_000, 30.0, 25.0)
    shares = PARETO.counts(rows, 25.0, 60)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    assert PARETO.expected(rows, 25.0).mean() == pytest.approx(came.mean(), rel=0.05)
    for few in range(4):
        assert shares[:, few].mean() == pytest.approx(np.mean(came == few), abs=0.006)
    likely = PARETO.alive(rows) > 0.8
    assert PARETO.expected(rows, 25.0)[likely].mean() == pytest.approx(
        came[likely].mean(), rel=0.07
    )


@pytest.mark.parametrize("lift", [1.0, 1.7])
def test_moments_and_expectation_are_those_of_the_counts(lift: float) -> None:
    rows = histories((0.0, 0.0, 20.0), (3.0, 10.0, 20.0), (6.0, 19.0, 20.0))
    shares, n = PARETO.counts(rows, 12.0, 200, lift), np.arange(201)
    moments = PARETO.moments(rows, 12.0, lift)
    np.testing.assert_allclose(moments.none, shares[:, 0], rtol=1e-9)
    np.testing.assert_allclose(moments.mean, shares @ n, rtol=1e-6)
    np.testing.assert_allclose(moments.square, shares @ n**2, rtol=1e-5)
    np.testing.assert_allclose(moments.mean, lift * PARETO.expected(rows, 12.0), rtol=1e-6)


positive = st.floats(0.05, 20.0)
models = st.one_of(
    st.builds(ParetoNBD, positive, positive, positive, positive),
    st.builds(BGNBD, positive, positive, positive, positive, st.booleans()),
)


@st.composite
def one_history(draw: st.DrawFn) -> Histories:
    x = draw(st.integers(0, 60))
    age = draw(st.floats(0.01, 200.0))
    last = age * draw(st.floats(0.0, 1.0)) if x else 0.0
    return histories((float(x), last, age))


@settings(max_examples=150, deadline=None)
@given(models, one_history(), st.floats(0.0, 100.0), st.floats(0.01, 100.0))
def test_properties(model: ParetoNBD | BGNBD, rows: Histories, near: float, more: float) -> None:
    alive = model.alive(rows)[0]
    assert 0.0 <= alive <= 1.0
    assert model.log_likelihood(rows)[0] == model.log_likelihood(rows)[0]
    sooner, later = model.expected(rows, near)[0], model.expected(rows, near + more)[0]
    assert -1e-9 <= sooner <= later * (1 + 1e-6) + 1e-9


@settings(max_examples=80, deadline=None)
@given(
    st.builds(ParetoNBD, positive, positive, positive, positive),
    st.integers(0, 30), st.floats(1.0, 50.0), st.floats(0.1, 50.0),
)  # fmt: skip
def test_silence_is_a_bad_sign(model: ParetoNBD, x: int, last: float, more: float) -> None:
    last = last if x else 0.0
    rows = histories((float(x), last, last + 0.5), (float(x), last, last + 0.5 + more))
    sooner, later = model.alive(rows)
    assert later <= sooner + 1e-12


@settings(max_examples=80, deadline=None)
@given(
    st.builds(ParetoNBD, positive, positive, positive, positive),
    one_history(), st.floats(0.1, 50.0), st.floats(0.1, 50.0),
)  # fmt: skip
def test_horizons_add_up(model: ParetoNBD, rows: Histories, first: float, second: float) -> None:
    # Given alive now, what comes in the second stretch is what comes to who survives the first,
    # at a rate still as uncertain as now.
    r, s = model.r + rows.frequency[0], model.s
    alpha, beta = model.alpha + rows.age[0], model.beta + rows.age[0]
    survives = (beta / (beta + first)) ** s
    fresh = ParetoNBD(r, alpha, s, beta + first)
    newborn = histories((0.0, 0.0, 0.0))
    both = model.expected(rows, first + second)[0]
    parts = model.expected(rows, first)[0] + model.alive(rows)[0] * survives * fresh.expected(
        newborn, second
    )[0]  # fmt: skip
    assert both == pytest.approx(parts, rel=1e-8, abs=1e-12)


def test_guarded_histories_contradict_nothing() -> None:
    kept = Histories.guarded(
        np.array([-1.0, 2.0, 3.0]), np.array([5.0, 9.0, -1.0]), np.array([-2.0, 8.0, 8.0])
    )
    np.testing.assert_array_equal(kept.frequency, [0.0, 2.0, 3.0])
    np.testing.assert_array_equal(kept.recency, [0.0, 8.0, 0.0])
    np.testing.assert_array_equal(kept.age, [0.0, 8.0, 8.0])


def test_distinct_histories_are_counted() -> None:
    rows = histories((1.0, 2.0, 3.0), (0.0, 0.0, 3.0), (1.0, 2.0, 3.0))
    distinct, counts = rows.distinct()
    assert len(distinct) == 2
    assert counts @ PARETO.log_likelihood(distinct) == pytest.approx(
        PARETO.log_likelihood(rows).sum()
    )
    assert len(rows.take(np.array([0, 2]))) == 2
