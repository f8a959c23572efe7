"""The learner that ships: what `nextbest train` makes of the service's log, week by week."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from decisioning.arms import ARMS
from decisioning.calibration import Propensity, from_prior
from decisioning.catalogue import Action
from decisioning.compiled import learned_name
from decisioning.policy import Policy
from training.lessons import Exposure, Lessons, learn
from training.simulation.log import WeekLog
from training.simulation.players import Plan

Floats = NDArray[np.float64]

_CONTROL = ARMS.index("control")
_NO_MODEL = 0.0
"""Propensity of everybody where no response model scores them: one band of the uplift table."""


class Shipped:
    """A policy that learns by `training.lessons` alone: one rate and one uplift for each action.

    It has no response models, which need months of history, and knows nothing of opt-outs.

    Parameters
    ----------
    subjects
        Ids of the m customers.
    """

    def __init__(
        self, name: str, actions: Sequence[Action], policy: Policy, subjects: Sequence[str]
    ) -> None:
        self.name = name
        self._actions, self._policy, self._subjects = actions, policy, subjects
        self._exposures: list[Exposure] = []

    def plan(self, columns: Mapping[str, Floats]) -> Plan:
        """Decide by what the log so far teaches."""
        lessons, m = learn(self._exposures), len(self._subjects)
        everybody = np.full(m, _NO_MODEL)
        uplifts = {name: table.apply(everybody) for name, table in lessons.uplifts.items()}
        return Plan(self._actions, self._policy, self._responses(lessons, m), uplifts)

    def learn(self, log: WeekLog) -> None:
        """Keep what was shown, and who was held back from it."""
        for k, action in enumerate(self._actions):
            rows = np.flatnonzero((log.choice.action == k) & log.may_learn)
            self._exposures += (self._exposure(log, action, k, i) for i in rows.tolist())
            control = log.untouched[:, k] & (log.arm == _CONTROL) & log.may_learn
            if action.kind != "none":
                held = np.flatnonzero(control).tolist()
                self._exposures += (self._exposure(log, action, k, i, control=True) for i in held)

    def _exposure(
        self, log: WeekLog, action: Action, k: int, i: int, *, control: bool = False
    ) -> Exposure:
        return Exposure(
            subject=self._subjects[i],
            action_id=action.action_id,
            propensity=_NO_MODEL,
            discount=float(log.choice.discount[i]),
            probability=0.0 if control else float(log.probability[i]),
            shown=not control,
            control=control,
            responded=bool(log.bought[i, k]),
        )

    def _responses(self, lessons: Lessons, m: int) -> dict[str, Propensity]:
        priors, learned = {a.action_id: a.prior for a in self._actions}, lessons.responses
        counts = zip(learned.ids.tolist(), learned.shown, learned.responded, strict=True)
        return {
            learned_name(name): from_prior(priors[name].updated(float(shown), float(responded)), m)
            for name, shown, responded in counts
        }
