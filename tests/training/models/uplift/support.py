"""Experiments with a known effect of the contact, by column."""

import numpy as np
from scipy.special import expit

from training.models.contract import Rows

COLUMNS = ("recency", "member", "spend", "noise")


def draw_x(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng((1, seed))
    return np.column_stack(
        [
            rng.integers(1, 13, n).astype(float),
            (rng.random(n) < 0.4).astype(float),
            np.exp(rng.normal(4.0, 1.0, n)),
            rng.standard_normal(n),
        ]
    )


def chances(x: np.ndarray, effect: float) -> tuple[np.ndarray, np.ndarray]:
    """P(response) without and with the contact: members are won, early buyers annoyed."""
    alone = -1.0 - 0.1 * (x[:, 0] - 6.0) + 0.3 * (np.log(x[:, 2]) - 4.0)
    lift = effect * (0.2 + 1.2 * (x[:, 1] - 0.4) + 0.2 * (x[:, 0] - 6.0))
    return expit(alone), expit(alone + lift)


def draw_rows(n: int, seed: int, *, effect: float = 1.0, odds: str = "even") -> Rows:
    """Draw an experiment; ``odds="skewed"`` contacts likely buyers more, and says so."""
    x = draw_x(n, seed)
    rng = np.random.default_rng((2, seed))
    alone, shown = chances(x, effect)
    p = np.full(n, 0.5) if odds == "even" else np.where(alone > np.median(alone), 0.9, 0.15)
    contacted = rng.random(n) < p
    y = rng.random(n) < np.where(contacted, shown, alone)
    return Rows(
        columns=COLUMNS,
        x=x,
        y=y.astype(float),
        customer=np.arange(n),
        as_of=np.zeros(n, np.int64),
        contacted=contacted,
        probability=p,
    )


def true_uplift(rows: Rows, effect: float = 1.0) -> np.ndarray:
    alone, shown = chances(rows.x, effect)
    return np.asarray(shown - alone)
