"""Which moments train, calibrate and test."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.policy import DAY

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Moments:
    """Moments of a model, epoch seconds UTC.

    What is known of a moment is older than it (the observation window); what came is of
    [moment + gap, moment + gap + horizon) (the outcome window). The outcome windows of one part
    have ended when the next part's moments begin.

    Parameters
    ----------
    train
        Oldest first; their outcome windows may overlap.
    later
        Calibrates.
    test
        Its outcome window is the last that is complete.
    horizon, gap
        Seconds.
    """

    train: tuple[int, ...]
    later: int
    test: int
    horizon: int
    gap: int = 0

    @property
    def every(self) -> tuple[int, ...]:
        """All of them, oldest first."""
        return (*self.train, self.later, self.test)

    def masks(self, as_of: Integers) -> tuple[NDArray[np.bool_], ...]:
        """Return which rows train, calibrate and test, each bool (rows,)."""
        return np.isin(as_of, self.train), as_of == self.later, as_of == self.test


@dataclass(frozen=True)
class Spacing:
    """How a model's moments are laid out.

    Parameters
    ----------
    train
        How many moments train.
    step_days
        Days between two of them.
    gap_days
        Days between what is known and what is foretold: the time it takes to act.
    """

    train: int = 16
    step_days: int = 10
    gap_days: int = 0

    def before(self, until: int, horizon_days: int) -> Moments:
        """Lay the moments out so that every outcome window ends by a moment.

        Raises
        ------
        ValueError
            If a number is not positive (the gap: negative).
        """
        if min(self.train, self.step_days, horizon_days) < 1 or self.gap_days < 0:
            raise ValueError(
                f"train {self.train}, step_days {self.step_days} and horizon_days {horizon_days}"
                f" must be at least 1, gap_days {self.gap_days} at least 0"
            )
        whole = (horizon_days + self.gap_days) * DAY
        test = until - whole
        later = test - whole
        last = later - whole
        train = tuple(last - k * self.step_days * DAY for k in reversed(range(self.train)))
        return Moments(train, later, test, horizon_days * DAY, self.gap_days * DAY)
