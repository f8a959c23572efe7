"""The contract of a customer model: labelled rows in, a fitted model out.

Churn, purchase, response, uplift, value, satisfaction and contact with the service differ in
their label and in what they predict, not in this. `tests/training/models/suite.py` holds what
every estimator must do.
"""

from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from decisioning.estimates import CustomerModel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Fitted = TypeVar("Fitted", bound=CustomerModel, covariant=True)


@dataclass(frozen=True)
class Rows:
    """Labelled rows: what was known of a customer as of a moment, and what came after it.

    Parameters
    ----------
    columns
        Names of the columns of ``x``.
    x
        float64 (rows, columns); NaN is null.
    y
        float64 (rows,): 0 or 1 for what happens or not, else an amount.
    customer
        int64 (rows,): whose row, by index. A customer may stand in several rows: folds and
        resamples keep them together.
    as_of
        int64 (rows,): epoch seconds; ``x`` is of before it, ``y`` of after it.
    contacted
        bool (rows,): whether the customer was contacted; only where a lot or a recorded
        probability decided it, None elsewhere.
    probability
        float64 (rows,): the probability with which the customer would be contacted; None as
        ``contacted``.
    """

    columns: tuple[str, ...]
    x: Floats
    y: Floats
    customer: Integers
    as_of: Integers
    contacted: NDArray[np.bool_] | None = None
    probability: Floats | None = None

    def __post_init__(self) -> None:
        parts = (self.y, self.customer, self.as_of, self.contacted, self.probability)
        lengths = {part.shape for part in parts if part is not None}
        if self.x.ndim != 2 or lengths != {(self.x.shape[0],)}:
            raise ValueError(f"rows of unlike lengths: x {self.x.shape}, others {sorted(lengths)}")
        if self.x.shape[1] != len(self.columns):
            raise ValueError(f"{self.x.shape[1]} columns in x, {len(self.columns)} names")
        if (self.contacted is None) != (self.probability is None):
            raise ValueError("contacted and probability come together")

    def __len__(self) -> int:
        return int(self.y.size)

    def take(self, rows: NDArray[np.bool_] | Integers) -> "Rows":
        """Return some rows, by mask or by index."""
        return Rows(
            self.columns,
            self.x[rows],
            self.y[rows],
            self.customer[rows],
            self.as_of[rows],
            None if self.contacted is None else self.contacted[rows],
            None if self.probability is None else self.probability[rows],
        )

    def select(self, columns: tuple[str, ...]) -> "Rows":
        """Return the same rows with some of their columns, in the order given."""
        place = {name: k for k, name in enumerate(self.columns)}
        return replace(self, columns=columns, x=self.x[:, [place[name] for name in columns]])


class Estimator(Protocol[Fitted]):
    """A recipe with its settings; a frozen dataclass."""

    @property
    def name(self) -> str:
        """What reports call it."""

    def fit(self, train: Rows, later: Rows, seed: int) -> Fitted:
        """Fit on some rows; calibrate on later ones, of which nothing else is learned.

        Parameters
        ----------
        later
            Rows of moments whose outcome windows begin after those of ``train`` have ended; where
            there are no such rows (a single experiment), rows of other customers.

        Raises
        ------
        TooFewRowsError
            If the rows cannot carry it; the message says what is missing.
        """


class TooFewRowsError(ValueError):
    """The rows cannot carry a model; the caller keeps the prior or the baseline, and says so."""
