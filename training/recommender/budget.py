"""How long models may be tried, and what of it is spent."""

from collections.abc import Callable
from dataclasses import dataclass

from training.recommender.ticks import OutOfTimeError

Clock = Callable[[], float]
"""Seconds from any beginning."""


@dataclass(frozen=True)
class Budget:
    """How long models may be tried.

    Parameters
    ----------
    seconds
        No fit and no trial is begun that is not expected to end within these; a trial that lasts
        longer than expected is given up when they are over.
    clock
        Tells the seconds.
    customers, learners
        Customers who are measured and learned from, at most; a sample of them, by a hash of their
        ids and the seed.
    worth
        Gain, relative to the models named, below which they stay: a model costs time in every
        request.
    """

    seconds: float
    clock: Clock
    customers: int = 800
    learners: int = 800
    worth: float = 0.005
    seed: int = 7


@dataclass(frozen=True)
class Watch:
    """A budget and when it began to be spent, by its own clock."""

    budget: Budget
    begun: float

    @classmethod
    def start(cls, budget: Budget) -> "Watch":
        """Begin to spend."""
        return cls(budget, budget.clock())

    def now(self) -> float:
        """Return the seconds spent."""
        return self.budget.clock() - self.begun

    def allows(self, seconds: float) -> bool:
        """Tell whether something that takes so long would end within the time."""
        return self.now() + seconds < self.budget.seconds

    def tick(self) -> None:
        """Let the work go on.

        Raises
        ------
        OutOfTimeError
            If the time is over.
        """
        if self.now() >= self.budget.seconds:
            raise OutOfTimeError
