"""What stands in for a personal slate: what is popular with people of whom as much is known."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from decisioning.items import Ground, ItemDecision, decision_of
from decisioning.place_items import decide_place
from decisioning.recommender.places.said import Said

_ASKED = Ground(known=True, consented=True, has_history=True)


def stand_in(
    decided: ItemDecision,
    said: Said,
    verdicts: NDArray[np.int16],
    popularity: NDArray[np.float32],
    n: int,
) -> ItemDecision:
    """Return a decision that is not personal with other items; why it is not stays.

    Parameters
    ----------
    decided
        Not personal; the lot for new items is kept.
    said
        What is popular with people like the subject.
    verdicts, popularity
        (n_items,), as of ``decide_place``.
    """
    told = decide_place(said, verdicts, popularity, _ASKED, n, fills=True)
    lineup = replace(told.lineup, trial=decided.lineup.trial)
    return decision_of(lineup, decided.ground, verdicts, n)
