"""Arms of the standing experiment.

``control`` is a stable share of customers whom we never contact; ``random`` a small share of
decisions, uniform over what the gates allow; ``policy`` the rest. The random share is what
makes off-policy estimates of tomorrow's policy possible from today's log.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.draws import U64, mixed, salt, uniform
from decisioning.policy import DAY, Policy

ARMS: Final = ("policy", "control", "random")
POLICY, CONTROL, RANDOM = range(3)


def assign_arms(keys: U64, policy: Policy, seed: int, as_of: int) -> NDArray[np.int8]:
    """Assign an arm to each of m subjects, int8 (m,): positions in `ARMS`.

    Control depends on the policy's seed and the subject only, so it is stable for life. Random
    depends on the day too, so every customer is explored now and then, and the same customer
    gets the same answer by HTTP and by batch on the same day.

    Parameters
    ----------
    keys
        uint64 (m,): `subject_keys` of the subjects.
    """
    lots = [salt(f"{policy.seed}|control"), salt(f"{seed}|random|{as_of // DAY}")]
    control, random = uniform(mixed(keys, np.array(lots)[:, None]))
    arm = np.where(random < policy.random_share, np.int8(RANDOM), np.int8(POLICY))
    arm[control < policy.control_share] = CONTROL
    return arm
