"""What stands in for a personal slate: what is popular with people of whom as much is known."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from decisioning.items import ItemDecision, decision_of
from decisioning.place_items import place_lineup
from decisioning.recommender.places.said import Said


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
        (n_items,), as of `decide_place`.
    """
    lineup = place_lineup(said, verdicts, popularity, n, fills=True)
    lineup = replace(lineup, trial=decided.lineup.trial)
    return decision_of(lineup, decided.ground, verdicts, n)
