"""Open Bandit logs as arrays: what both libraries are given.

NumPy and pandas only, as the script that runs ``obp`` reads it in that library's own environment.
The data are the 10,000-row samples of ZOZOTOWN's logs (Saito et al. 2021, CC BY 4.0), one Parquet
file a campaign and logging policy.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CAMPAIGNS = ("all", "men", "women")
FOLDS = 3


class Rows(NamedTuple):
    """Logged rows: an item shown at one of three positions, and whether it was clicked.

    Parameters
    ----------
    action, position, level
        int64 (n,): item, position 0..2, level of the first user feature.
    click, logged
        float64 (n,): reward, and the logging policy's probability of the item.
    """

    action: Ints
    position: Ints
    level: Ints
    click: Floats
    logged: Floats

    @property
    def fold(self) -> Ints:
        """Fold of each row, int64 (n,)."""
        return np.arange(self.action.size) % FOLDS


class Clicks(NamedTuple):
    """A small model of the clicks, cross-fitted: rate of item and position, times the user's level.

    Parameters
    ----------
    rates
        float64 (FOLDS, items, positions), smoothed, of the rows outside the fold.
    levels
        float64 (FOLDS, levels): clicks of a level over those that its items' rates expect.
    """

    rates: Floats
    levels: Floats

    def of(self, rows: Rows) -> Floats:
        """Return the probability of a click for every row, item and position (n, k, 3)."""
        factor = self.levels[rows.fold, rows.level]
        return np.asarray(self.rates[rows.fold] * factor[:, None, None])


def read(data: Path, campaign: str, policy: str = "random") -> Rows:
    """Read one log, in order of time."""
    frame = pd.read_parquet(data / f"{policy}_{campaign}.parquet")
    level = np.unique(frame["user_feature_0"].to_numpy(str), return_inverse=True)[1]
    return Rows(
        frame["item_id"].to_numpy(np.int64),
        frame["position"].to_numpy(np.int64) - 1,
        level.astype(np.int64),
        frame["click"].to_numpy(np.float64),
        frame["propensity_score"].to_numpy(np.float64),
    )


def fit_clicks(rows: Rows, items: int, prior: float = 200.0) -> Clicks:
    """Count clicks outside each fold; ``prior`` rows at the mean rate stand behind every cell."""
    rates = np.empty((FOLDS, items, 3))
    levels = np.empty((FOLDS, int(rows.level.max()) + 1))
    for fold in range(FOLDS):
        outside = np.flatnonzero(rows.fold != fold)
        cell = rows.action[outside] * 3 + rows.position[outside]
        click = rows.click[outside]
        shown = np.bincount(cell, minlength=items * 3)
        hits = np.bincount(cell, click, items * 3)
        flat = (hits + prior * click.mean()) / (shown + prior)
        expected = np.bincount(rows.level[outside], flat[cell], levels.shape[1])
        met = np.bincount(rows.level[outside], click, levels.shape[1])
        rates[fold], levels[fold] = flat.reshape(items, 3), (met + 5) / (expected + 5)
    return Clicks(rates, levels)


def from_fixture(kept: dict[str, Any]) -> tuple[Rows, Floats, Clicks]:
    """Return rows, the target policy (items, 3) and the model that a stored fixture holds."""
    n = len(kept["action"])
    click = np.zeros(n)
    click[kept["clicked_rows"]] = 1.0
    rows = Rows(
        np.array(kept["action"]),
        np.array(kept["position"]),
        np.array(kept["level"]),
        click,
        np.full(n, kept["logged"]),
    )
    policy = np.array(kept["policy_counts"]) / kept["simulations"]
    return rows, policy, Clicks(np.array(kept["rates"]), np.array(kept["levels"]))
