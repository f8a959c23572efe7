r"""The five estimators, each as what one row adds to a ratio of sums.

With w = target / logged, r the reward, q the model's expectation of the logged action and q(pi)
its mean over the target policy:

========= ============================== ======= ================================================
name      a row's total                  weight  paper
========= ============================== ======= ================================================
ips       w r                            1       Horvitz & Thompson 1952
snips     w r                            w       Swaminathan & Joachims 2015
dm        q(pi)                          1       Dudik, Langford & Li 2011, section 2
dr        q(pi) + w (r - q)              1       Dudik, Langford & Li 2011
switch_dr q(pi) + w (r - q) [w <= tau]   1       Wang, Agarwal & Dudik 2017
========= ============================== ======= ================================================

IPS and DR are unbiased when the logged probabilities are true (DR also when the model is). SNIPS
gives up a little bias for a bounded result. A row that is only part of a decision (a slate of
several) counts with its share in weight and q(pi), and SNIPS is multiplied by the mean number of
actions that the target policy shows. DM is only as good as its model, Switch-DR trusts the
model where weights are large.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

import numpy as np

from training.off_policy.log import Floats, Log, RewardModel

Name = Literal["ips", "snips", "dm", "dr", "switch_dr"]

TAU: Final = 10.0
"""Weights above this are left to the model by Switch-DR."""


class Contributions(NamedTuple):
    """What each row adds: the estimate is sum(totals) / sum(weights).

    Parameters
    ----------
    totals, weights
        float64 (n,).
    """

    totals: Floats
    weights: Floats

    @property
    def influence(self) -> Floats:
        """Linearised values, float64 (n,), whose mean is the estimate (delta method)."""
        value = self.totals.sum() / self.weights.sum()
        return np.asarray(value + (self.totals - value * self.weights) / self.weights.mean())


def ips(log: Log, tau: float = TAU) -> Contributions:
    """Weigh rewards by how much likelier the target policy takes the logged action."""
    return Contributions(log.weights * log.reward, log.share)


def snips(log: Log, tau: float = TAU) -> Contributions:
    """As IPS, over the sum of the weights rather than the number of decisions."""
    shown = log.places.sum() / log.share.sum()
    return Contributions(log.weights * log.reward * shown, log.weights)


def dm(log: Log, tau: float = TAU) -> Contributions:
    """Believe the model."""
    return Contributions(_believed(log), log.share)


def dr(log: Log, tau: float = TAU) -> Contributions:
    """Believe the model, and correct it by the weighted errors of the logged rows."""
    return Contributions(_believed(log) + _correction(log), log.share)


def switch_dr(log: Log, tau: float = TAU) -> Contributions:
    """As DR, without the correction of rows whose weight is above ``tau``."""
    kept = np.where(log.weights <= tau, _correction(log), 0.0)
    return Contributions(_believed(log) + kept, log.share)


ESTIMATORS: Final[Mapping[Name, Callable[[Log, float], Contributions]]] = MappingProxyType(
    {"ips": ips, "snips": snips, "dm": dm, "dr": dr, "switch_dr": switch_dr}
)
NEEDS_MODEL: Final[frozenset[Name]] = frozenset({"dm", "dr", "switch_dr"})


def _believed(log: Log) -> Floats:
    return _model(log).target * log.share


def _correction(log: Log) -> Floats:
    return log.weights * (log.reward - _model(log).shown)


def _model(log: Log) -> RewardModel:
    if log.model is None:
        raise ValueError("model is None: DM, DR and Switch-DR need a reward model of the rows.")
    return log.model
