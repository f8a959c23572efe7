"""What a place says of every item of the catalogue, for one request."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

NOBODY: Final = -1


@dataclass(frozen=True)
class Tier:
    """One reason to show items.

    Parameters
    ----------
    reason
        Its code.
    score
        float32 (n_items,): above 0 where it speaks for an item; of any scale.
    anchor
        int64 (n_items,): the item that its sentence names, -1 for none; None for none at all.
    """

    reason: str
    score: F32
    anchor: I64 | None = None


@dataclass(frozen=True)
class Said:
    """Tiers put together: every item of a tier stands before those of the next.

    Parameters
    ----------
    score
        float64 (n_items,): in (tiers - 1, tiers) for the first tier, ..., in (0, 1) for the
        last; 0 where nothing speaks for the item. Within a tier ordered by its own score.
    reasons
        The tiers' codes.
    tier
        int64 (n_items,): position in ``reasons`` of the first tier that speaks, -1 for none.
    anchor
        int64 (n_items,): the item that the sentence names, -1 for none.
    """

    score: F64
    reasons: tuple[str, ...]
    tier: I64
    anchor: I64

    @classmethod
    def of(cls, *tiers: Tier) -> "Said":
        """Put tiers together, the first the strongest."""
        n = tiers[0].score.size
        score, tier = np.zeros(n), np.full(n, -1, dtype=np.int64)
        anchor = np.full(n, NOBODY, dtype=np.int64)
        for k, one in enumerate(tiers):
            new = (tier < 0) & (one.score > 0)
            value = one.score[new].astype(np.float64)
            score[new] = len(tiers) - 1 - k + value / (1.0 + value)
            tier[new] = k
            if one.anchor is not None:
                anchor[new] = one.anchor[new]
        return cls(score, tuple(one.reason for one in tiers), tier, anchor)

    @cached_property
    def order(self) -> I64:
        """Items that something speaks for, the best first, of equal ones the lower, int64."""
        found = np.flatnonzero(self.score > 0)
        return np.asarray(found[np.argsort(-self.score[found], kind="stable")])

    def reason(self, item: int) -> str:
        """Return the code of the tier that speaks for an item first."""
        return self.reasons[int(self.tier[item])]
