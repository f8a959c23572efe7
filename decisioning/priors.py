"""What is believed of an action without history: by its kind, channel and price step."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.catalogue import Prior

Floats = NDArray[np.float64]
STEP_EDGES: Final = (0.0, 0.05, 0.10, 0.15, 0.20, 0.30)
"""Upper ends of the price steps; deeper discounts are one more."""


def price_step(discount: float) -> str:
    """Return the name of a discount's step: ``0``, ``5``, ``10``, ... per cent at most."""
    for edge in STEP_EDGES:
        if discount <= edge + 1e-9:
            return f"{edge * 100:.0f}"
    return f"{STEP_EDGES[-1] * 100:.0f}+"


def group_keys(kind: str, channel: str, discount: float) -> tuple[str, ...]:
    """Return the groups of an action, the widest (everything, empty) first."""
    step = f"{kind}|{channel}|{price_step(discount)}"
    return ("", kind, f"{kind}|{channel}", step)


@dataclass(frozen=True)
class ResponsePriors:
    """Beliefs by group, learned from the responses to other actions.

    Parameters
    ----------
    groups
        Strings (g,), sorted: see `group_keys`; the empty one, of all actions, always stands.
    mean, strength
        float64 (g,): of the Beta distribution of the response rate of an action not yet seen.
    """

    groups: NDArray[np.str_]
    mean: Floats
    strength: Floats

    def of(self, kind: str, channel: str, discount: float = 0.0) -> Prior:
        """Return the belief about a new action: that of the narrowest group with any history."""
        found = 0
        for key in group_keys(kind, channel, discount):
            place = int(np.searchsorted(self.groups, key))
            if place < self.groups.size and self.groups[place] == key:
                found = place
        return Prior(float(self.mean[found]), float(self.strength[found]))
