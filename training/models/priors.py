"""Learn what is believed of actions without history, from those that have one.

Four levels: all actions, a kind, a kind on a channel, and that at a price step. With m the mean
of the level above and k that level's concentration, a group with R responses to N contacts has
the mean (k m + R) / (k + N): few contacts leave it at the level above, many at its own rate. The
concentrations are those of greatest beta-binomial likelihood (empirical Bayes; Efron & Morris
1975, Gelman et al. 2013, ch. 5), pulled a little to `USUAL`.

A new action of a group has the group's mean. Its variance is that between the actions of a
group, m (1 - m) / (k_action + 1), that between the groups of each narrower level, which it is the
first of, m (1 - m) / (k_level + 1), and that of the group's own mean, m (1 - m) / (k + N + 1). The
Beta distribution of that mean and variance is the prior, and outcomes narrow it from there
(`Prior.updated`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import betaln

from decisioning.catalogue import Prior
from decisioning.priors import ResponsePriors, group_keys

Floats = NDArray[np.float64]
BASE: Final = Prior(0.02, 20.0)
"""Believed of any action before any action was tried: the default of ``actions.yaml``."""
USUAL: Final = 20.0
"""Concentration that a level is pulled to, by a log-normal prior of deviation `_SPREAD`."""
_SPREAD: Final = 1.5
_RANGE: Final = (float(np.log(1.0)), float(np.log(1e4)))
_LEVELS: Final = 4
_LEAST: Final = 0.5
"""Strength of the least belief there is."""


@dataclass(frozen=True)
class Tally:
    """How often an action was answered, on a channel, at a discount.

    Parameters
    ----------
    action_id, kind, channel
        Which; the channel is empty where it is not told.
    discount
        A share of the price.
    shown, responded
        Contacts and responses.
    """

    action_id: str
    kind: str
    channel: str
    discount: float
    shown: float
    responded: float


def tallies(responses: pd.DataFrame, kinds: Mapping[str, str]) -> tuple[Tally, ...]:
    """Count the responses of past campaigns (see `labels.contacts.response_rows`).

    Parameters
    ----------
    responses
        ``action_id``, ``channel`` and ``label``, one row a contact.
    kinds
        Kind of each action; actions that are not in it are left out.
    """
    counted = responses.groupby(["action_id", "channel"])["label"].agg(["size", "sum"])
    return tuple(
        Tally(str(action), kinds[str(action)], str(channel), 0.0, float(n), float(r))
        for (action, channel), n, r in counted.itertuples()
        if str(action) in kinds
    )


def fit_priors(history: Iterable[Tally], base: Prior = BASE) -> ResponsePriors:
    """Fit the beliefs; without history, everything is believed what ``base`` says.

    Raises
    ------
    ValueError
        If a tally has more responses than contacts, or fewer than none.
    """
    told = [tally for tally in history if tally.shown]
    wrong = [t for t in told if not 0.0 <= t.responded <= t.shown]
    if wrong:
        raise ValueError(
            f"{wrong[0].action_id}: {wrong[0].responded} responses to {wrong[0].shown} contacts"
        )
    keys = [group_keys(t.kind, t.channel, t.discount) for t in told]
    counts = [_summed((key[level] for key in keys), told) for level in range(_LEVELS)]
    means = {"": _mean(base.mean, base.strength, *counts[0].get("", (0.0, 0.0)))}
    weights = {"": base.strength + counts[0].get("", (0.0, 0.0))[0]}
    level_of, clinging = {"": 0}, [0.0]
    for level in range(1, _LEVELS):
        above = {key[level]: key[level - 1] for key in keys}
        k = concentration([(means[above[g]], *n) for g, n in sorted(counts[level].items())])
        clinging.append(k)
        for group, (shown, responded) in counts[level].items():
            level_of[group] = level
            means[group] = _mean(means[above[group]], k, shown, responded)
            weights[group] = k + shown
    if not told:
        return ResponsePriors(np.array([""]), np.array([base.mean]), np.array([base.strength]))
    clinging.append(_between_actions(told, keys, means))
    return _priors(means, weights, level_of, clinging)


def _between_actions(
    told: Sequence[Tally], keys: Sequence[tuple[str, ...]], means: Mapping[str, float]
) -> float:
    by_action = _summed((f"{k[-1]}\n{t.action_id}" for k, t in zip(keys, told, strict=True)), told)
    return concentration([(means[a.split("\n")[0]], *n) for a, n in sorted(by_action.items())])


def _priors(
    means: Mapping[str, float],
    weights: Mapping[str, float],
    level_of: Mapping[str, int],
    clinging: Sequence[float],
) -> ResponsePriors:
    """Lay the beliefs out; ``clinging`` is the concentration of each level, that of actions last.

    Of variances m (1 - m) / (a + 1), m (1 - m) / (b + 1), ... the sum is that of a Beta
    distribution of strength 1 / (1 / (a + 1) + 1 / (b + 1) + ...) - 1.
    """
    groups = sorted(means)
    spread = [
        1.0 / (weights[g] + 1.0) + sum(1.0 / (k + 1.0) for k in clinging[level_of[g] + 1 :])
        for g in groups
    ]
    strength = np.maximum(1.0 / np.array(spread) - 1.0, _LEAST)
    return ResponsePriors(np.array(groups), np.array([means[g] for g in groups]), strength)


def concentration(counts: Sequence[tuple[float, float, float]]) -> float:
    """Return how strongly the rates of groups cling to the means of the level above.

    Parameters
    ----------
    counts
        (mean above, contacts, responses) of each group.
    """
    if not counts:
        return USUAL
    mean, shown, responded = np.array(counts, dtype=np.float64).T

    def loss(log_k: float) -> float:
        a, b = np.exp(log_k) * mean, np.exp(log_k) * (1.0 - mean)
        fits = betaln(a + responded, b + shown - responded) - betaln(a, b)
        return float(-fits.sum() + ((log_k - np.log(USUAL)) / _SPREAD) ** 2 / 2.0)

    return float(np.exp(minimize_scalar(loss, bounds=_RANGE, method="bounded").x))


def _summed(groups: Iterable[str], told: Sequence[Tally]) -> dict[str, tuple[float, float]]:
    summed: dict[str, tuple[float, float]] = {}
    for group, tally in zip(groups, told, strict=True):
        shown, responded = summed.get(group, (0.0, 0.0))
        summed[group] = (shown + tally.shown, responded + tally.responded)
    return summed


def _mean(above: float, k: float, shown: float, responded: float) -> float:
    return (k * above + responded) / (k + shown)
