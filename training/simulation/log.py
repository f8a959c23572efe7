"""What a policy leaves of a week for those who learn from it: never the truth."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.simulation.worth import Choice

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class WeekLog:
    """One week as the shop sees it afterwards; m customers, k actions of the world's catalogue.

    Parameters
    ----------
    columns
        The snapshot as of the decisions, float64 (m,) by name.
    choice
        What was done.
    probability
        float64 (m,): that the chosen action stood in the slate, or doing nothing.
    arm
        int8 (m,), positions in ``ARMS``.
    bought
        bool (m, k): did what each action asks for in the week, contacted or not.
    opted_out
        bool (m,): withdrew the consent after the contact.
    untouched
        bool (m, k): passed every gate for the action, and an experiment, not a choice, left the
        customer without any contact: the control group, and nothing drawn at random.
    may_learn
        bool (m,): whose rows may teach anything. The simulated shop asks for personalisation and
        analytics in one, so the others' columns are null too.
    """

    columns: Mapping[str, Floats]
    choice: Choice
    probability: Floats
    arm: NDArray[np.int8]
    bought: Mask
    opted_out: Mask
    untouched: Mask
    may_learn: Mask
