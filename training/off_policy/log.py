"""The log of one policy, laid beside what another policy would have done."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_COLUMNS = ("reward", "logged", "target", "customers", "unsupported", "share", "places")


@dataclass(frozen=True)
class RewardModel:
    """What a model of the reward says of every row.

    Parameters
    ----------
    shown
        float64 (n,): expected reward of the action that was logged.
    target
        float64 (n,): expected reward of the row's decision under the target policy: its actions'
        expected rewards, each times its probability.
    """

    shown: Floats
    target: Floats


@dataclass(frozen=True)
class Log:
    """n logged actions, seen by a target policy.

    Doing nothing is an action like the others: a decision not to contact has its row, its
    probability and the reward that followed. A decision that showed several actions has a row for
    each, with the probability that it stood in the slate; rewards are then taken to depend on the
    action alone and not on its neighbours (independent IPS, Li et al. 2018, section 4).

    Parameters
    ----------
    reward
        float64 (n,): what came of the logged action, in the outcome's unit.
    logged
        float64 (n,): probability with which the logging policy chose the logged action.
    target
        float64 (n,), 0..1: probability with which the target policy would choose that action.
    customers
        int64 (n,): whose row it is; rows of one customer are not independent. Every row its own
        customer when left out.
    model
        What a reward model says of the rows, learned on other customers; None without one.
    unsupported
        float64 (n,), 0..1: the target policy's share of actions that the logging policy never
        takes in this row. 0 when left out, which claims that there are none.
    share
        float64 (n,): how much of its decision a row is; the rows of one decision sum to 1. 1 when
        left out: every row its own decision.
    places
        float64 (n,): how many actions the target policy is expected to show in the row's decision,
        times ``share``. ``share`` when left out: always one.

    Raises
    ------
    ValueError
        If an array has another length, holds what is not finite, or a target is no probability.
    """

    reward: Floats
    logged: Floats
    target: Floats
    customers: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    model: RewardModel | None = None
    unsupported: Floats = field(default_factory=lambda: np.empty(0))
    share: Floats = field(default_factory=lambda: np.empty(0))
    places: Floats = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        n = self.reward.size
        if not n:
            raise ValueError("reward is empty: a log needs at least one row.")
        self._default("customers", np.arange(n))
        self._default("unsupported", np.zeros(n))
        self._default("share", np.ones(n))
        self._default("places", self.share)
        for name, values in self._arrays().items():
            _check(name, values, n)
        for name in ("target", "unsupported"):
            _check_share(name, getattr(self, name))

    def __len__(self) -> int:
        return int(self.reward.size)

    @property
    def weights(self) -> Floats:
        """Importance weights, target / logged, float64 (n,)."""
        return self.target / self.logged

    def _default(self, name: str, values: NDArray[np.generic]) -> None:
        if not getattr(self, name).size:
            object.__setattr__(self, name, values)

    def _arrays(self) -> dict[str, NDArray[np.generic]]:
        arrays: dict[str, NDArray[np.generic]] = {name: getattr(self, name) for name in _COLUMNS}
        if self.model:
            arrays |= {"model.shown": self.model.shown, "model.target": self.model.target}
        return arrays


def lay(
    reward: Floats,
    action: Ints,
    logging: Floats,
    policy: Floats,
    *,
    predicted: Floats | None = None,
    customers: Ints | None = None,
) -> Log:
    """Lay out a log from whole distributions over the k actions.

    Parameters
    ----------
    reward
        float64 (n,).
    action
        int64 (n,), 0..k-1: the logged action.
    logging, policy
        float64 (n, k): probabilities of the logging and the target policy; the rows of ``policy``
        sum to 1.
    predicted
        float64 (n, k): expected reward of each action, by a model learned on other customers.
    customers
        int64 (n,).

    Raises
    ------
    ValueError
        If the shapes do not fit, or a row of ``policy`` does not sum to 1.
    """
    rows = np.arange(reward.size)
    _check_distributions(reward, logging, policy, predicted)
    model = None
    if predicted is not None:
        model = RewardModel(predicted[rows, action], np.sum(policy * predicted, axis=1))
    return Log(
        reward,
        logging[rows, action],
        policy[rows, action],
        rows if customers is None else customers,
        model,
        np.minimum(np.sum(policy, axis=1, where=logging <= 0), 1.0),
    )


def _check_distributions(
    reward: Floats, logging: Floats, policy: Floats, predicted: Floats | None
) -> None:
    for name, values in (("logging", logging), ("policy", policy), ("predicted", predicted)):
        if values is not None and (values.shape != policy.shape or len(values) != reward.size):
            raise ValueError(f"{name} has shape {values.shape}: give one row a reward, (n, k).")
    sums = policy.sum(axis=1)
    if not np.allclose(sums, 1, rtol=0, atol=1e-6):
        raise ValueError(
            f"policy: row {np.abs(sums - 1).argmax()} sums to {sums[np.abs(sums - 1).argmax()]:g}; "
            "give the probability of every action, doing nothing included."
        )


def _check(name: str, values: NDArray[np.generic], n: int) -> None:
    if values.shape != (n,):
        raise ValueError(f"{name} has shape {values.shape}, reward ({n},): give one value a row.")
    if not np.isfinite(values).all():
        bad = int(np.flatnonzero(~np.isfinite(values))[0])
        raise ValueError(f"{name} is {values[bad]} in row {bad}: leave out rows that are unknown.")


def _check_share(name: str, values: Floats) -> None:
    if values.min() < 0 or values.max() > 1 + 1e-9:
        raise ValueError(f"{name} spans {values.min():g}..{values.max():g}: a probability is 0..1.")
