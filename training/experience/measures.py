"""What is measured in an answer: net promoter score, satisfaction, effort and stars.

Each measure is a ratio of sums: what an answer contributes, over the answers' weights. So one
estimator and one interval serve all of them, weighted or not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Unit = Literal["points", "share", "score"]

PROMOTER_FROM, DETRACTOR_TO = 9, 6
SATISFIED_FROM = 4
EASY_FROM, HARD_TO = 5, 3


def nps_contribution(scores: Floats) -> Floats:
    """Return 100 for a promoter (9-10), -100 for a detractor (0-6), 0 for a passive.

    Their mean is the Net Promoter Score, % promoters - % detractors (Reichheld, "The one number
    you need to grow", Harvard Business Review 81(12), 2003).

    Parameters
    ----------
    scores
        float64 (answers,), 0 to 10.
    """
    return 100.0 * (scores >= PROMOTER_FROM) - 100.0 * (scores <= DETRACTOR_TO)


def top_two_box(scores: Floats) -> Floats:
    """Return 1 where a CSAT answer, 1 to 5, is 4 or 5; float64 (answers,)."""
    return (scores >= SATISFIED_FROM).astype(np.float64)


def easy(scores: Floats) -> Floats:
    """Return 1 where a CES answer, 1 to 7 with 7 the easiest, is 5 or more; float64 (answers,).

    CES 2.0 (CEB, 2013): the share that agrees that the company made it easy.
    """
    return (scores >= EASY_FROM).astype(np.float64)


def plain(scores: Floats) -> Floats:
    """Return the scores themselves, for a mean."""
    return scores


@dataclass(frozen=True)
class Measure:
    """A figure over the answers of one scale.

    Parameters
    ----------
    name
        As rows and requests call it.
    metric
        ``feedback.metric`` that it reads.
    unit
        ``points`` (-100 to 100), ``share`` (0 to 1) or ``score`` (on the scale).
    contribution
        Scores, float64 (answers,), to what each answer adds; the estimate is the weighted mean.
    """

    name: str
    metric: str
    unit: Unit
    contribution: Callable[[Floats], Floats]


MEASURES = (
    Measure("nps", "nps", "points", nps_contribution),
    Measure("csat", "csat", "share", top_two_box),
    Measure("csat_mean", "csat", "score", plain),
    Measure("ces", "ces", "score", plain),
    Measure("ces_easy", "ces", "share", easy),
    Measure("stars", "stars", "score", plain),
)
"""Every figure that is reported, in the order of a report."""
