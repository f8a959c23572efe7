"""Buy-till-you-die models fitted by maximum likelihood, held a little by a weak prior."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import digamma

from decisioning.customers.buy_till_you_die.bg_nbd import BGNBD
from decisioning.customers.buy_till_you_die.gamma_gamma import GammaGamma
from decisioning.customers.buy_till_you_die.histories import Histories
from decisioning.customers.buy_till_you_die.pareto_nbd import ParetoNBD
from training.models.contract import TooFewRowsError

Floats = NDArray[np.float64]
Valued = Callable[[Floats], tuple[float, Floats]]
MIN_CUSTOMERS: Final = 50
MIN_REPEATERS: Final = 20
_BOUNDS: Final = (-9.0, 12.0)


@dataclass(frozen=True)
class Held:
    """A normal prior upon the logarithms of the parameters.

    Young histories leave a ridge in the likelihood: everybody leaving at the same rate explains a
    quarter of a year as well as some leaving soon and most never, and forecasts much less. The
    prior holds the parameters near shape 1 and the customers' mean age, within a factor of e or
    so; hundreds of customers outweigh it wherever the likelihood has an opinion.

    Parameters
    ----------
    deviation
        Standard deviation; infinite for plain maximum likelihood.
    """

    deviation: float = 1.0


def fit_pareto_nbd(histories: Histories, held: Held = Held()) -> ParetoNBD:
    """Fit Pareto/NBD, with the analytic gradient.

    Raises
    ------
    TooFewRowsError
        With under 50 customers, or under 20 who came again: their rates cannot be told apart.
    """
    age = _enough(histories)
    distinct, weights = histories.distinct()

    def valued(logs: Floats) -> tuple[float, Floats]:
        return _pareto_slopes(np.exp(logs), distinct, weights)

    starts = (np.array([0.5, age / 3, 0.6, age / 3]), np.array([1.0, age, 1.0, age]))
    r, alpha, s, beta = _best(valued, starts, starts[1], held, weights.sum())
    return ParetoNBD(r, alpha, s, beta)


def fit_bg_nbd(
    histories: Histories, held: Held = Held(), *, modified: bool = False
) -> BGNBD:  # fmt: skip
    """Fit BG/NBD, or MBG/NBD.

    Raises
    ------
    TooFewRowsError
        As `fit_pareto_nbd`.
    """
    age = _enough(histories)
    distinct, weights = histories.distinct()

    def likelihood(parameters: Floats) -> float:
        r, alpha, a, b = (float(part) for part in parameters)
        model = BGNBD(r, alpha, a, b, modified)
        return float(weights @ model.log_likelihood(distinct))

    starts = (np.array([0.3, age / 6, 0.8, 2.5]), np.array([1.0, age, 1.0, 1.0]))
    r, alpha, a, b = _best(_numeric(likelihood), starts, starts[1], held, weights.sum())
    return BGNBD(r, alpha, a, b, modified)


def fit_gamma_gamma(purchases: Floats, mean: Floats, held: Held = Held()) -> GammaGamma:
    """Fit Gamma-Gamma to customers' numbers of purchases and mean amounts.

    Parameters
    ----------
    purchases, mean
        float64 (m,); customers without a purchase or an amount are left out.

    Raises
    ------
    TooFewRowsError
        With under 50 customers.
    """
    some = (purchases > 0) & (mean > 0)
    if some.sum() < MIN_CUSTOMERS:
        raise TooFewRowsError(f"{some.sum()} customers with amounts, {MIN_CUSTOMERS} needed")
    n, amounts = purchases[some], mean[some]
    # In units of the typical amount, so that the prior means the same in cents and in yen.
    unit = float(np.exp(np.log(amounts).mean()))

    def likelihood(parameters: Floats) -> float:
        p, over, g = (float(part) for part in parameters)
        return float(GammaGamma(p, 2.0 + over, g).log_likelihood(n, amounts / unit).sum())

    starts = (np.array([2.0, 1.0, 1.0]), np.array([6.0, 2.0, 1.0]))
    p, over, g = _best(_numeric(likelihood), starts, starts[0], held, float(some.sum()))
    return GammaGamma(p, 2.0 + over, g * unit)


def _enough(histories: Histories) -> float:
    """Return the mean age, or refuse."""
    repeaters = int((histories.frequency > 0).sum())
    if len(histories) < MIN_CUSTOMERS or repeaters < MIN_REPEATERS:
        raise TooFewRowsError(
            f"{len(histories)} customers of whom {repeaters} bought again; "
            f"{MIN_CUSTOMERS} and {MIN_REPEATERS} needed"
        )
    return float(histories.age.mean())


def _pareto_slopes(
    parameters: Floats, histories: Histories, weights: Floats
) -> tuple[float, Floats]:
    """Return the log-likelihood and its slopes by the logarithms of r, alpha, s and beta.

    Each moment of death weighs as likely as it is, given the history: what follows is the mean
    slope under those weights.
    """
    r, alpha, s, beta = (float(part) for part in parameters)
    x, age = histories.frequency, histories.age
    deaths = ParetoNBD(r, alpha, s, beta).deaths(histories)
    total = deaths.total
    left, stays = np.exp(deaths.left - total[:, None]), np.exp(deaths.alive - total)

    def mean(of_left: Floats, of_alive: Floats) -> Floats:
        return np.asarray((left * of_left).sum(axis=1) + stays * of_alive)

    at = deaths.at
    gone = left.sum(axis=1)
    slopes = (
        digamma(r + x) - digamma(r) + np.log(alpha) - mean(np.log(alpha + at), np.log(alpha + age)),
        r / alpha - (r + x) * mean(1.0 / (alpha + at), 1.0 / (alpha + age)),
        np.log(beta) + gone / s - mean(np.log(beta + at), np.log(beta + age)),
        s / beta - mean((s + 1.0) / (beta + at), s / (beta + age)),
    )
    return float(weights @ total), parameters * np.array([weights @ slope for slope in slopes])


def _numeric(likelihood: Callable[[Floats], float]) -> Valued:
    """Return a likelihood of parameters as value and slopes by their logarithms."""
    step = 1e-6

    def valued(logs: Floats) -> tuple[float, Floats]:
        shifts = step * np.eye(logs.size)
        slopes = [
            (likelihood(np.exp(logs + shift)) - likelihood(np.exp(logs - shift))) / (2 * step)
            for shift in shifts
        ]
        return likelihood(np.exp(logs)), np.array(slopes)

    return valued


def _best(
    valued: Valued, starts: tuple[Floats, ...], centre: Floats, held: Held, customers: float
) -> tuple[float, ...]:
    """Return the parameters of the highest likelihood and prior, from several starts."""

    def loss(logs: Floats) -> tuple[float, Floats]:
        value, slopes = valued(logs)
        away = (logs - np.log(centre)) / held.deviation
        # Per customer, so that the optimiser's tolerances mean the same at any size.
        return float(away @ away / 2 - value) / customers, (
            away / held.deviation - slopes
        ) / customers

    found = [
        minimize(loss, np.log(start), jac=True, method="L-BFGS-B",
                 bounds=[_BOUNDS] * start.size, options={"ftol": 1e-10, "gtol": 1e-6})
        for start in starts
    ]  # fmt: skip
    return tuple(float(part) for part in np.exp(min(found, key=lambda one: one.fun).x))
