"""Arms of the standing experiment, and the exact probability that an action is chosen.

``control`` is a stable share of customers whom we never contact; ``random`` a small share of
decisions, uniform over what the gates allow; ``policy`` the rest. The random share is what
makes off-policy estimates of tomorrow's policy possible from today's log.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from decisioning.draws import draws
from decisioning.policy import DAY, Policy

POLICY, CONTROL, RANDOM = "policy", "control", "random"


def assign_arms(subjects: Sequence[str], policy: Policy, seed: int, as_of: int) -> list[str]:
    """Assign an arm to each of m subjects.

    Control depends on the policy's seed and the subject only, so it is stable for life. Random
    depends on the day too, so every customer is explored now and then, and the same customer
    gets the same answer by HTTP and by batch on the same day.
    """
    control = draws(policy.seed, "control", subjects) < policy.control_share
    random = draws(seed, f"random|{as_of // DAY}", subjects) < policy.random_share
    return [CONTROL if c else RANDOM if r else POLICY for c, r in zip(control, random, strict=True)]


def action_probability(
    allowed: int, chosen: NDArray[np.bool_], n: int, random_share: float
) -> NDArray[np.float64]:
    """Return the probability that each allowed action stands in the slate.

    Parameters
    ----------
    allowed
        How many actions passed every gate.
    chosen
        bool (allowed,): those that the policy arm would put in the slate.
    n
        Length of the slate.
    random_share
        Probability of the random arm.

    Returns
    -------
    float64 (allowed,): ``(1 - e) [policy chooses it] + e min(1, n / allowed)``, exact because
    the random arm fills its slate uniformly without replacement.
    """
    uniform = min(1.0, n / allowed) if allowed else 0.0
    return np.asarray((1.0 - random_share) * chosen + random_share * uniform, dtype=np.float64)
