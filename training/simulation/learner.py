"""What is learned from the log: responses, what happens without contact, and who opts out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from decisioning.calibration import Propensity, Uplift
from decisioning.catalogue import Action, Prior
from training.simulation.design import Design
from training.simulation.log import WeekLog
from training.simulation.posterior import Logistic, moments

Floats = NDArray[np.float64]

KEEP: Final = 0.97
"""Share of what a week taught that still counts a week later."""
_SLOPE_SD: Final = 0.25
_Z90: Final = 1.6448536269514722
_OPT_OUT: Final = Prior(mean=0.003, strength=300.0)
"""Belief about opt-outs per contact before any data, the same for every action."""


class Learner:
    """Posteriors over the log so far, one set for each action.

    Parameters
    ----------
    actions
        The catalogue of the world; its priors are where learning starts.
    """

    def __init__(self, actions: Sequence[Action]) -> None:
        self._actions = actions
        self._design: Design | None = None
        self._shown: dict[int, Logistic] = {}
        self._organic: dict[int, Logistic] = {}
        k = len(actions)
        self._opt_outs = np.full(k, _OPT_OUT.mean * _OPT_OUT.strength)
        self._contacts = np.full(k, _OPT_OUT.strength)

    def learn(self, log: WeekLog) -> None:
        """Take in a week."""
        if self._design is None:
            self._design = Design.of(log.columns)
        x = self._design.inputs(log.columns)
        offset = np.log(log.choice.odds)
        for k, action in enumerate(self._actions):
            rows = np.flatnonzero((log.choice.action == k) & log.may_learn)
            if rows.size:
                belief = self._shown.get(k) or self._before(action.prior)
                y = log.bought[rows, k].astype(np.float64)
                self._shown[k] = belief.learnt(x[rows], y, offset[rows], KEEP)
                self._opt_outs[k] += log.opted_out[rows].sum()
                self._contacts[k] += rows.size
            rows = np.flatnonzero(log.untouched[:, k] & log.may_learn)
            if rows.size:
                y = log.bought[rows, k].astype(np.float64)
                belief = self._organic.get(k) or self._flat(float(y.mean()))
                self._organic[k] = belief.learnt(x[rows], y, np.zeros(rows.size), KEEP)

    def responses(self, columns: Mapping[str, Floats]) -> dict[str, Propensity]:
        """Return P(response | shown) by action, for those that were ever shown."""
        x = self._inputs(columns)
        return {self._actions[k].action_id: b.propensity(x) for k, b in self._shown.items()}

    def uplifts(self, columns: Mapping[str, Floats]) -> dict[str, Uplift]:
        """Return what each action adds, where both sides have been seen.

        The interval adds up the variances of the two posteriors, which share no row.
        """
        x = self._inputs(columns)
        found = {}
        for k in self._shown.keys() & self._organic.keys():
            shown, shown_variance = moments(*self._shown[k].log_odds(x))
            organic, variance = moments(*self._organic[k].log_odds(x))
            half = _Z90 * np.sqrt(shown_variance + variance)
            mean = shown - organic
            found[self._actions[k].action_id] = Uplift(mean, mean - half, mean + half)
        return found

    def priced(self, opt_out_cost: float) -> tuple[Action, ...]:
        """Return the catalogue with what has been learned.

        Every action reads the response model of its own name, and its cost of a contact holds the
        opt-outs that a contact leads to.

        Parameters
        ----------
        opt_out_cost
            Cents.
        """
        rates = self._opt_outs / self._contacts
        return tuple(
            a
            if a.kind == "none"
            else replace(a, model=a.action_id, cost=a.cost + float(rate) * opt_out_cost)
            for a, rate in zip(self._actions, rates, strict=True)
        )

    def _inputs(self, columns: Mapping[str, Floats]) -> Floats:
        return np.empty((0, 0)) if self._design is None else self._design.inputs(columns)

    def _before(self, prior: Prior) -> Logistic:
        """Return the catalogue's Beta prior as a belief about the average customer's log-odds."""
        sd = 1.0 / np.sqrt(prior.strength * prior.mean * (1.0 - prior.mean))
        return self._belief(float(logit(prior.mean)), float(sd))

    def _flat(self, rate: float) -> Logistic:
        """Return a belief that says little: near the first week's rate, give or take."""
        return self._belief(float(logit(np.clip(rate, 0.01, 0.99))), 1.0)

    def _belief(self, intercept: float, sd: float) -> Logistic:
        if self._design is None:
            raise RuntimeError("a belief needs the inputs of the first week")
        return Logistic.before_data(intercept, sd, _SLOPE_SD, self._design.d)
