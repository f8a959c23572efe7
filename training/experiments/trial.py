"""A randomised trial: what each customer brought, and the arm they were drawn into."""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MIN_ARM: Final = 100
"""Fewer customers in an arm give no figure: sums of spend are then far from normal."""


class Refusal(NamedTuple):
    """Why there is no figure.

    Parameters
    ----------
    reason
        Code.
    message
        What is missing, with the value and what to do.
    """

    reason: Literal["few_customers", "no_variation", "no_data"]
    message: str


@dataclass(frozen=True)
class Trial:
    """m customers by the arm they were assigned to, whatever was then shown to them.

    Everyone assigned counts (intention to treat): leaving out those whom the policy did not
    contact would compare the contacted with everybody.

    Parameters
    ----------
    value
        float64 (m,): what the customer brought, in the outcome's unit; 0 when nothing.
    policy
        bool (m,): True in arm ``policy``, False in arm ``control``.
    before
        float64 (m,): the same outcome before the trial began, to take out differences between
        customers (CUPED); None without.

    Raises
    ------
    ValueError
        If the arrays differ in length or hold what is not finite.
    """

    value: Floats
    policy: Bools
    before: Floats | None = None

    def __post_init__(self) -> None:
        for name in ("value", "policy", "before"):
            values = getattr(self, name)
            if values is None:
                continue
            if values.shape != self.value.shape:
                raise ValueError(f"{name} has shape {values.shape}: give one a customer, (m,).")
            if not np.isfinite(values).all():
                raise ValueError(
                    f"{name} holds what is not finite: a customer who did nothing is 0."
                )

    @property
    def adjusted(self) -> Floats:
        """Values less what the time before foretells of them, float64 (m,).

        CUPED (Deng, Xu, Kohavi & Walker 2013): y - theta (x - mean x), theta from the variation
        within the arms. The difference of the arms keeps its expectation.
        """
        if self.before is None:
            return self.value
        x, y = (_within(v, self.policy) for v in (self.before, self.value))
        spread = float(x @ x)
        theta = float(x @ y) / spread if spread > 0 else 0.0
        return np.asarray(self.value - theta * (self.before - self.before.mean()))


def refuse(policy: Bools, values: Floats) -> Refusal | None:
    """Say why a trial has no figure; None when it has one.

    Parameters
    ----------
    policy
        bool (m,).
    values
        float64 (m,) or (m, looks).
    """
    counts = {"policy": int(policy.sum()), "control": int((~policy).sum())}
    few = [f"{count} customers in arm {arm}" for arm, count in counts.items() if count < MIN_ARM]
    if few:
        return Refusal(
            "few_customers",
            f"{' and '.join(few)}, fewer than {MIN_ARM}: wait, or raise the control share.",
        )
    if not np.any(values != values[0]):
        return Refusal(
            "no_variation",
            f"Every customer brought {values.flat[0]:g}: no outcome was recorded, or none varies.",
        )
    return None


def _within(values: Floats, policy: Bools) -> Floats:
    means = np.where(policy, values[policy].mean(), values[~policy].mean())
    return np.asarray(values - means)
