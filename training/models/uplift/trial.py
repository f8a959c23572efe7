"""Rows of an experiment, checked and weighted: what every uplift learner and measure reads."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.models.contract import Floats, Integers, Rows, TooFewRowsError

MIN_GROUP: Final = 100
"""Fewer effective customers, contacted or not, tell nothing about the difference."""
MIN_OUTCOMES: Final = 10
"""Of the rarer outcome, in each group."""


@dataclass(frozen=True)
class Trial:
    """Rows of customers who were contacted, or not, by lot.

    Where the odds differ between customers, each row is weighted by 1 / probability of what
    happened to it (Horvitz & Thompson 1952), so that either group stands for everybody. Weights
    are scaled to a mean of 1 in each group (Hajek 1971): the weighted rows are an experiment in
    which everyone is contacted with the same probability, `share`.

    Parameters
    ----------
    columns
        Names of the columns of ``x``.
    x
        float64 (n, p); NaN is null.
    y
        float64 (n,), 0 or 1.
    contacted
        bool (n,).
    weight
        float64 (n,), mean 1 among the contacted and among the others.
    customer
        int64 (n,).
    """

    columns: tuple[str, ...]
    x: Floats
    y: Floats
    contacted: NDArray[np.bool_]
    weight: Floats
    customer: Integers

    def __len__(self) -> int:
        return int(self.y.size)

    @property
    def share(self) -> float:
        """The share of the rows that was contacted."""
        return float(self.contacted.mean())

    def take(self, rows: NDArray[np.bool_] | Integers) -> "Trial":
        """Return some rows, weights scaled anew."""
        contacted = self.contacted[rows]
        return Trial(
            self.columns,
            self.x[rows],
            self.y[rows],
            contacted,
            _scaled(self.weight[rows], contacted),
            self.customer[rows],
        )

    @property
    def information(self) -> Floats:
        """Weights that add up to each group's effective size (Kish 1965), float64 (n,).

        What a model takes for the number of observations: unequal weights are worth fewer.
        """
        told = self.weight.copy()
        for group in (self.contacted, ~self.contacted):
            told[group] *= effective_size(self.weight[group]) / max(group.sum(), 1)
        return told


def effective_size(weight: Floats) -> float:
    """Return how many equal weights tell as much as these (Kish 1965)."""
    squares = float((weight**2).sum())
    return float(weight.sum()) ** 2 / squares if squares else 0.0


def as_trial(rows: Rows) -> Trial:
    """Check rows, and weight them.

    Raises
    ------
    TooFewRowsError
        If either group is too small, or one of the outcomes too rare in it.
    ValueError
        If nobody says who was contacted, a probability is not between 0 and 1, or an outcome is
        neither 0 nor 1.
    """
    if rows.contacted is None or rows.probability is None:
        raise ValueError("rows without `contacted` and `probability` hold no experiment")
    if not np.isin(rows.y, (0.0, 1.0)).all():
        raise ValueError(f"y holds {_odd(rows.y)}: an uplift is of outcomes that are 0 or 1")
    got = np.where(rows.contacted, rows.probability, 1.0 - rows.probability)
    if not ((got > 0.0) & (got <= 1.0)).all():
        raise ValueError("probability: what happened to a row had no chance to; see `Rows`")
    trial = Trial(
        rows.columns, rows.x, rows.y, rows.contacted,
        _scaled(1.0 / got, rows.contacted), rows.customer,
    )  # fmt: skip
    _require(trial)
    return trial


def _require(trial: Trial) -> None:
    for name, group in (("contacted", trial.contacted), ("not contacted", ~trial.contacted)):
        size = effective_size(trial.weight[group])
        if size < MIN_GROUP:
            raise TooFewRowsError(
                f"{size:.0f} effective customers {name}: an uplift needs {MIN_GROUP}"
            )
        responses = float(trial.y[group].sum())
        rarer = min(responses, float(group.sum()) - responses)
        if rarer < MIN_OUTCOMES:
            raise TooFewRowsError(
                f"{rarer:.0f} of the rarer outcome among those {name}: an uplift needs"
                f" {MIN_OUTCOMES}"
            )


def _scaled(weight: Floats, contacted: NDArray[np.bool_]) -> Floats:
    scaled = weight.astype(np.float64)
    for group in (contacted, ~contacted):
        if group.any():
            scaled[group] /= scaled[group].mean()
    return scaled


def _odd(y: Floats) -> float:
    return float(y[~np.isin(y, (0.0, 1.0))][0])
