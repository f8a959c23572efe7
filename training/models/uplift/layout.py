"""The layout of a linear uplift model: of many columns, those that tell most."""

from dataclasses import replace
from typing import Final

import numpy as np

from decisioning.customers.linear import Design
from training.models.contract import Integers
from training.models.design import fit_design
from training.models.uplift.trial import Trial

MOST_COLUMNS: Final = 16
"""More columns cost more in noise than they tell of an effect, and minutes instead of seconds."""


def lay_out(trial: Trial) -> Design:
    """Fit a layout on the rows of an experiment.

    Half of the columns are those that go with the response, half those that go with the effect
    (the response times the contact's lever). Who fits on part of the rows chooses on that part.
    The layout reads all columns, but makes terms of those chosen.
    """
    if len(trial.columns) <= MOST_COLUMNS:
        return fit_design(trial.columns, trial.x)
    lines = fit_design(trial.columns, trial.x, hinges=False)
    chosen = _strongest(trial, lines)
    names = tuple(trial.columns[j] for j in chosen.tolist())
    some = fit_design(names, trial.x[:, chosen])
    return replace(
        some, columns=trial.columns, fill=lines.fill, least=lines.least, most=lines.most,
        source=chosen[some.source],
    )  # fmt: skip


def _strongest(trial: Trial, lines: Design) -> Integers:
    """Return the columns chosen, rising."""
    terms, share = lines.lay(trial.x), trial.share
    away = trial.weight * (trial.y - np.average(trial.y, weights=trial.weight))
    lever = np.where(trial.contacted, 1.0 / share, -1.0 / (1.0 - share))
    chosen: list[int] = []
    for told, most in ((away, MOST_COLUMNS // 2), (away * lever, MOST_COLUMNS)):
        strength = np.zeros(len(trial.columns))
        np.maximum.at(strength, lines.source, np.abs(terms.T @ told))
        order = np.argsort(-strength, kind="stable").tolist()
        chosen += [j for j in order if j not in chosen][: most - len(chosen)]
    return np.array(sorted(chosen), dtype=np.int64)
