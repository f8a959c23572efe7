"""The true probabilities of a simulated week, and what a contact is truly worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from decisioning.catalogue import Action
from decisioning.pricing import shifted
from training.simulation.customers import Customers, seasonal
from training.simulation.noise import generator
from training.simulation.truth_file import EffectSpec, Trait, TruthSpec

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class WeekTruth:
    """What is true in one week; m customers, k actions of the catalogue.

    Parameters
    ----------
    organic
        float64 (m, k): probability of what the action asks for, without contact.
    shown
        float64 (m, k): the same when it is shown at full price.
    elasticity
        float64 (m,): what a discount's log-odds are multiplied by.
    opt_out
        float64 (k,): probability that a contact makes a rested customer opt out.
    """

    organic: Floats
    shown: Floats
    elasticity: Floats
    opt_out: Floats

    def at_odds(self, odds: Floats) -> Floats:
        """Return the response at declared odds of a discount, 1 for full price; (m, k)."""
        return shifted(self.shown, odds ** self.elasticity[:, None])


class Truth:
    """The truth of a seed: the levels of ``truth.yaml``, surprised once, drifting by week.

    Parameters
    ----------
    actions
        The catalogue; doing nothing has no effect.
    weeks
        How far it drifts.
    """

    def __init__(
        self,
        spec: TruthSpec,
        actions: Sequence[Action],
        customers: Customers,
        seed: int,
        weeks: int,
    ) -> None:
        self.spec = spec
        self._nothing = np.array([a.kind == "none" for a in actions])
        effects = [None if a.kind == "none" else spec.effect(a) for a in actions]
        self._opt_out = np.array([e.opt_out if e else 0.0 for e in effects])
        levels = [_level(e, customers) if e else _never(customers) for e in effects]
        self._organic = np.stack([organic for organic, _ in levels], axis=1)
        self._lift = np.stack([lift for _, lift in levels], axis=1)
        drawn = [_surprise(spec, a.action_id, seed, weeks) for a in actions]
        self._organic += np.array([organic for organic, _ in drawn])
        self._lift_at = np.array([lift for _, lift in drawn])
        self._elasticity = np.exp(spec.elasticity * customers.traits["price"])

    def week(self, week: int) -> WeekTruth:
        """Return what is true in a week."""
        organic = self._organic + self.spec.season * seasonal(week)
        shown = organic + self._lift + self._lift_at[:, week]
        return WeekTruth(
            organic=np.where(self._nothing, 0.0, expit(organic)),
            shown=np.where(self._nothing, 0.0, expit(shown)),
            elasticity=self._elasticity,
            opt_out=self._opt_out,
        )


def _level(effect: EffectSpec, customers: Customers) -> tuple[Floats, Floats]:
    """Log-odds of the organic probability and of the lift, float64 (m,) each."""
    organic = logit(effect.organic) + _sum(effect.organic_by, customers)
    lift = logit(effect.shown) - logit(effect.organic) + _sum(effect.lift_by, customers)
    return organic, lift


def _never(customers: Customers) -> tuple[Floats, Floats]:
    return np.zeros(customers.m), np.zeros(customers.m)


def _sum(weights: Mapping[Trait, float], customers: Customers) -> Floats:
    total = np.zeros(customers.m)
    for trait, weight in weights.items():
        total += weight * customers.traits[trait]
    return total


def _surprise(spec: TruthSpec, action_id: str, seed: int, weeks: int) -> tuple[float, Floats]:
    """Draw how far an action is from ``truth.yaml``: its level, and its lift by week (weeks,)."""
    rng = generator(seed, f"truth|{action_id}")
    organic, lift = spec.surprise * rng.standard_normal(2)
    drift = spec.drift * rng.standard_normal(weeks).cumsum()
    # The lift's own surprise is half as large: twice the level moves both probabilities alike,
    # twice the lift turns a mild reminder into the best action there is.
    return float(organic), 0.5 * lift + drift
