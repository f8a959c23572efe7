"""What a subject bought before, by how often, how lately, how habitual the item, and whether due.

Personal frequency with recency is the baseline that is hard to beat in baskets: Li, Jullien,
Ariannezhad, de Rijke, "A Next Basket Recommendation Reality Check", TOIS 2023.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.baskets import Baskets, as_baskets
from decisioning.recommender.scorer import Because

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Repurchase:
    """The fitted model.

    Parameters
    ----------
    habit
        float32 (n_items,), above 0: share of an item's buyers who bought it again, smoothed.
    gap
        float32 (n_items,), above 0: usual time between two purchases of it, in units of age.
    half_life
        Of a basket's weight, in units of age; above 0.
    habit_power
        How much an item's habit tells, at least 0.
    due_power
        How much it takes from the score that an item is not due yet, at least 0.
    gap_prior
        Gaps of the item's own length that a subject is taken to have had beforehand, above 0.
    """

    habit: F32
    gap: F32
    half_life: float
    habit_power: float
    due_power: float
    gap_prior: float

    @property
    def n_items(self) -> int:
        """Number of items."""
        return int(self.habit.size)

    def score(self, histories: Histories) -> F32:
        """Score what was bought before, 0 for everything else.

        score = sum over baskets of 0.5^(age / half-life), times habit^habit_power, times
        min(1, time since / own gap)^due_power.
        """
        baskets = as_baskets(histories)
        scores = np.zeros((histories.n_subjects, self.n_items), dtype=np.float32)
        first = baskets.first
        if first.size:
            item = baskets.item[first]
            decayed = np.add.reduceat(0.5 ** (baskets.age / self.half_life), first)
            value = decayed * self.habit[item] ** self.habit_power * self._due(baskets)
            scores[baskets.row[first], item] = value
        return scores

    def explain(self, histories: Histories, items: I64) -> Because:
        """Name the item itself where the subject has bought it."""
        bought = self.score(histories)[np.arange(items.size), items] > 0
        return Because(np.where(bought, items, -1), bought.astype(np.float32))

    def _due(self, baskets: Baskets) -> F64:
        first = baskets.first
        times, since, span = rhythm(baskets)
        gap = (span + self.gap_prior * self.gap[baskets.item[first]]) / (times - 1 + self.gap_prior)
        return np.asarray(np.minimum(1, np.maximum(since, 0.5) / gap) ** self.due_power)


def rhythm(baskets: Baskets) -> tuple[I64, F32, F32]:
    """Return of each (subject, item) how many baskets, time since the last, and first to last.

    int64 and two float32 (pairs,), times in units of age, in the order of ``baskets.first``.
    """
    first = baskets.first
    last = np.r_[first[1:], baskets.row.size][: first.size] - 1
    since = baskets.age[last]
    return last - first + 1, since, baskets.age[first] - since
