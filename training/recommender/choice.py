"""What was tried and what was chosen of it, as a table tells it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.state import RecommenderState

Floats = NDArray[np.float64]
Names = tuple[str, ...]

SURE: Final = 2.326
"""Standard errors by which a gain must exceed 0: one-sided 99 %, for some ten changes are tried."""


@dataclass(frozen=True)
class Trial:
    """One choice of models and how it did on the last window.

    Parameters
    ----------
    names
        The models heard.
    values
        By goal: NDCG@10 of each customer, float64 (customers,).
    weights
        By goal: the share of what the ranker's splits gained that each model's scores have.
    over
        The trial that this one changes by a model; None for the first.
    seconds
        What it took, the fitting of a new model included.
    """

    names: Names
    values: Mapping[str, Floats]
    weights: Mapping[str, Mapping[str, float]]
    over: "Trial | None"
    seconds: float

    @property
    def ndcg(self) -> dict[str, float]:
        """Return NDCG@10 by goal; a goal that nobody answered has none."""
        return {goal: float(values.mean()) for goal, values in self.values.items()}

    @property
    def gain(self) -> float:
        """Return the mean over the goals of the relative gain over the trial it changes."""
        return float(np.mean([d.mean() for d in self._gains()])) if self._gains() else 0.0

    @property
    def error(self) -> float:
        """Return the standard error of the gain, paired by customer.

        The goals' errors are added as if they had nothing in common, of customers who are the
        same: what helps one goal of a customer rarely harms the other, so it may be larger.
        """
        gains = self._gains()
        return float(np.sqrt(sum(d.var() / d.size for d in gains))) / max(len(gains), 1)

    def is_worth(self, gain: float) -> bool:
        """Tell whether it gains so much, and more than chance."""
        return self.gain >= gain and self.gain > SURE * self.error

    def _gains(self) -> list[Floats]:
        """Relative gains of the customers, goal by goal."""
        if self.over is None:
            return []
        base = self.over.values
        return [
            (self.values[goal] - base[goal]) / base[goal].mean()
            for goal in self.values
            if base[goal].mean() > 0
        ]


@dataclass(frozen=True)
class Selection:
    """What was tried, in order, and what was chosen of it.

    Parameters
    ----------
    untried
        What the time did not allow: choices of models.
    states
        By moment, those fitted for the trials, with the models chosen: they are not fitted twice.
    """

    trials: tuple[Trial, ...]
    chosen: Names
    untried: tuple[str, ...]
    states: Mapping[int, RecommenderState]

    def rows(self) -> Iterator[dict[str, str | float]]:
        """Yield the trials as rows of a table."""
        for trial in self.trials:
            yield {
                "models": ", ".join(trial.names),
                "compared_with": ", ".join(trial.over.names) if trial.over else "",
                **{f"ndcg_10_{goal}": value for goal, value in trial.ndcg.items()},
                "customers": max((v.size for v in trial.values.values()), default=0),
                "gain": trial.gain,
                "standard_error": trial.error,
                "seconds": round(trial.seconds, 1),
                **{f"weights_{goal}": _told(shares) for goal, shares in trial.weights.items()},
                "chosen": "yes" if trial.names == self.chosen else "",
            }

    @property
    def why(self) -> str:
        """Return the reason of the choice, a sentence."""
        held = [trial for trial in self.trials if trial.names == self.chosen]
        if not held:
            return "no trial ended within the time: the models named stay"
        if held[-1].over is None:
            return (
                f"{len(self.trials) - 1} changes tried, none a gain beyond chance that is worth it"
            )
        gain = f"{held[-1].gain:+.1%} (standard error {held[-1].error:.1%})"
        return f"{gain} over {', '.join(held[-1].over.names)}: NDCG@10, mean over the goals"


def _told(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {share:.3f}" for name, share in shares.items())
