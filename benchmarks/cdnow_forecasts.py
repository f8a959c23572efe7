"""Forecasts of CDNOW's customers, set right on windows within the calibration period only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.cdnow_windows import Window, cut
from decisioning.customers.buy_till_you_die.bg_nbd import BGNBD
from decisioning.customers.buy_till_you_die.counts import least_error, whole_quantile
from decisioning.customers.buy_till_you_die.pareto_nbd import ParetoNBD
from training.models.value.calibrating import total_factor
from training.models.value.correction import Trees
from training.models.value.likelihood import (
    Held,
    fit_bg_nbd,
    fit_gamma_gamma,
    fit_pareto_nbd,
)

Floats = NDArray[np.float64]

CALIBRATED: Final = 39
ORIGINS: Final = tuple(range(13, 27))
"""Every week from a third to two thirds of the calibration period."""
ROUNDS: Final = (0, 15, 40, 80)
SEED: Final = 7
_MOST: Final = 150
_PLAIN: Final = Held(np.inf)


@dataclass(frozen=True)
class Forecast:
    """Purchases foretold of each customer, and a score of being active, each float64 (m,)."""

    purchases: Floats
    active: Floats


def textbook(window: Window) -> dict[str, Forecast]:
    """Return the heuristic and the plain maximum-likelihood models."""
    histories, horizon = window.histories, window.horizon
    models: dict[str, BGNBD | ParetoNBD] = {
        "BG/NBD": fit_bg_nbd(histories, _PLAIN),
        "MBG/NBD": fit_bg_nbd(histories, _PLAIN, modified=True),
        "Pareto/NBD": fit_pareto_nbd(histories, _PLAIN),
    }
    said = {"x h / T": histories.frequency * horizon / histories.age}
    said |= {name: model.expected(histories, horizon) for name, model in models.items()}
    return {name: Forecast(one, one) for name, one in said.items()}


@dataclass(frozen=True)
class Shifted:
    """A window within the calibration period, with Pareto/NBD fitted on what was known at it."""

    window: Window
    model: ParetoNBD
    expected: Floats

    @classmethod
    def at(cls, log: pd.DataFrame, weeks: int, until: int) -> "Shifted":
        """Cut and fit."""
        window = cut(log, weeks, until)
        model = fit_pareto_nbd(window.histories)
        return cls(window, model, model.expected(window.histories, window.horizon))


@dataclass(frozen=True)
class Calibration:
    """What the calibration period taught about its own forecasts.

    Parameters
    ----------
    factor
        What came against what was foretold, in total.
    rounds
        Trees of the correction; 0 where none was better.
    scores
        Mean log score of the validation window by number of trees.
    """

    factor: float
    rounds: int
    scores: dict[int, float]
    windows: tuple[Shifted, ...]

    def correct(self, window: Window) -> Floats:
        """Return the factor upon each customer's rate, (m,)."""
        return _corrected(self.windows, window, self.rounds)


def calibrate(log: pd.DataFrame) -> Calibration:
    """Learn from windows within the calibration period; nothing later is looked at."""
    known = log[log["day"] < CALIBRATED * 7]
    windows = tuple(Shifted.at(known, origin, CALIBRATED) for origin in ORIGINS)
    came = np.array([one.window.y.sum() for one in windows])
    said = np.array([one.expected.sum() for one in windows])
    early = [Shifted.at(known, origin, origin + 13) for origin in (11, 12, 13)]
    scores = {rounds: _score(early, windows[-1], rounds) for rounds in ROUNDS}
    best = max(scores, key=lambda rounds: (round(scores[rounds], 6), -rounds))
    return Calibration(total_factor(said, came), best, scores, windows)


@dataclass(frozen=True)
class SetRight:
    """Forecasts set right by the calibration period, and what it taught.

    Parameters
    ----------
    low, high
        int64 (m,): 5 % and 95 % of each customer's corrected distribution of purchases.
    """

    forecasts: dict[str, Forecast]
    learned: Calibration
    low: NDArray[np.int64]
    high: NDArray[np.int64]


def calibrated(log: pd.DataFrame, window: Window) -> SetRight:
    """Learn within the calibration period, and foretell what comes after it."""
    learned = calibrate(log)
    model = fit_pareto_nbd(window.histories)
    plain = model.expected(window.histories, window.horizon)
    lift = learned.correct(window)
    # Who buys more than whom is the trees' affair, how much in all the factor's.
    factor = learned.factor * lift * plain.sum() / (plain * lift).sum()
    mean = plain * factor
    shares = model.counts(window.histories, window.horizon, _MOST, factor)
    typical, _ = least_error(shares, float(mean.sum()))
    forecasts = {
        "Pareto/NBD, held": Forecast(plain, plain),
        "+ total calibrated": Forecast(learned.factor * plain, plain),
        "+ corrected (mean)": Forecast(mean, mean),
        "+ least error at that total": Forecast(typical, mean),
    }
    return SetRight(forecasts, learned, whole_quantile(shares, 0.05), whole_quantile(shares, 0.95))


def known_parameters(log: pd.DataFrame, window: Window) -> list[str]:
    """Return the maximum-likelihood parameters, to hold against the published ones."""
    told = []
    for fit in (fit_bg_nbd, fit_pareto_nbd):
        model = fit(window.histories, _PLAIN)
        likelihood = model.log_likelihood(window.histories).sum()
        told.append(f"{model}: log-likelihood {likelihood:.1f}")
    repeats = log[(log["day"] < CALIBRATED * 7) & log.duplicated("customer")]
    spent = repeats[repeats["spend"] > 0].groupby("customer")["spend"].agg(["size", "mean"])
    amounts = spent.to_numpy(np.float64)
    return [*told, str(fit_gamma_gamma(amounts[:, 0], amounts[:, 1], _PLAIN))]


def _corrected(windows: Sequence[Shifted], window: Window, rounds: int) -> Floats:
    if rounds == 0:
        return np.ones(window.y.size)
    sizes = [one.window.y.size for one in windows]
    trees = Trees(rounds=rounds, leaves=4, pull=20.0).fit(
        (*window.columns, "weekly", "alive"),
        np.vstack([_inputs(one.window, one.model) for one in windows]),
        np.concatenate([one.window.y for one in windows]),
        np.concatenate([one.expected for one in windows]),
        np.repeat(np.arange(len(windows)), sizes),
        SEED,
    )
    return trees(_inputs(window, fit_pareto_nbd(window.histories)))


def _inputs(window: Window, model: ParetoNBD) -> Floats:
    weekly = model.expected(window.histories, window.horizon) / window.horizon
    return np.column_stack([window.x, weekly, model.alive(window.histories)])


def _score(early: Sequence[Shifted], test: Shifted, rounds: int) -> float:
    """Return the mean log score of a later window's counts, its total set right."""
    lift = _corrected(early, test.window, rounds)
    lift = lift * test.window.y.sum() / (test.expected * lift).sum()
    shares = test.model.counts(test.window.histories, test.window.horizon, _MOST, lift)
    came = np.minimum(test.window.y.astype(np.int64), _MOST)
    return float(np.log(np.maximum(shares[np.arange(came.size), came], 1e-12)).mean())
