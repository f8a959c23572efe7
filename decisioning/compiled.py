"""The catalogue as arrays: what every decision needs of it, worked out once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from decisioning.calibration import Propensity, from_prior
from decisioning.catalogue import CHANNELS, KINDS, Action
from decisioning.draws import U64, subject_keys
from decisioning.eligibility import Eligibility
from decisioning.ladders import Ladders
from decisioning.policy import ContactLimit, Journey

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
I64 = NDArray[np.int64]


def learned_name(action_id: str) -> str:
    """Return the name under which a block holds what the log taught of an action's responses."""
    return f"learned:{action_id}"


@dataclass(frozen=True)
class Spots:
    """Where the responses of some names go: j of the actions.

    Parameters
    ----------
    columns
        int64 (j,): position of the action.
    source
        int64 (j,): position of the name of its response.
    """

    columns: I64
    source: I64


class Told:
    """The name of each action's response, empty for none."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._spots: dict[tuple[str, ...], Spots] = {}
        self.names = tuple(dict.fromkeys(name for name in names if name))

    def spots(self, names: tuple[str, ...]) -> Spots:
        """Return where the responses of some of the names go; worked out once for each choice."""
        if names not in self._spots:
            held = [(k, names.index(name)) for k, name in enumerate(self._names) if name in names]
            columns, source = np.array(held, dtype=np.int64).reshape(-1, 2).T
            self._spots[names] = Spots(columns, source)
        return self._spots[names]


class Catalogue(tuple[Action, ...]):
    """The actions, k of them, and their columns; money in cents."""

    @classmethod
    def of(cls, actions: Sequence[Action]) -> "Catalogue":
        """Return the actions as a catalogue; one that is a catalogue already stays itself."""
        return actions if isinstance(actions, Catalogue) else cls(actions)

    @cached_property
    def keys(self) -> U64:
        """uint64 (k,): a key of each action_id, for draws."""
        return subject_keys([a.action_id for a in self])

    @cached_property
    def by_id(self) -> NDArray[np.int64]:
        """int64 (k,): positions in the order of action_id, by which ties are broken."""
        return np.array(sorted(range(len(self)), key=lambda k: self[k].action_id), dtype=np.int64)

    @cached_property
    def kind(self) -> NDArray[np.int64]:
        """int64 (k,): position of each kind in `KINDS`."""
        return np.array([KINDS.index(a.kind) for a in self], dtype=np.int64)

    def of_kinds(self, weights: Mapping[str, float]) -> Floats:
        """Return each action's weight by its kind, float64 (k,); 1 where there is none."""
        return np.array([weights.get(kind, 1.0) for kind in KINDS])[self.kind]

    @cached_property
    def position(self) -> dict[str, int]:
        """Position of each action_id."""
        return {action.action_id: k for k, action in enumerate(self)}

    @cached_property
    def is_none(self) -> NDArray[np.bool_]:
        """Bool (k,): doing nothing."""
        return np.array([a.kind == "none" for a in self], dtype=np.bool_)

    @cached_property
    def nothing(self) -> NDArray[np.int64]:
        """int64 (d,): positions of doing nothing, in the order of action_id."""
        return self.by_id[self.is_none[self.by_id]]

    @cached_property
    def ids(self) -> NDArray[np.str_]:
        """Strings (k,): the action_ids."""
        return np.array([a.action_id for a in self], dtype=np.str_)

    @cached_property
    def groups(self) -> NDArray[np.str_]:
        """Strings (k,): empty for no group."""
        return np.array([a.group for a in self], dtype=np.str_)

    @cached_property
    def purposes(self) -> dict[str, Mask]:
        """By purpose, bool (k,): the actions that need it; those that need none are left out."""
        needed = {a.purpose for a in self if a.purpose}
        return {p: np.array([a.purpose == p for a in self]) for p in sorted(needed)}

    @cached_property
    def on_channel(self) -> dict[str, Mask]:
        """By channel, bool (k,): the actions made for it."""
        return {c: np.array([c in a.channels for a in self], dtype=np.bool_) for c in CHANNELS}

    @cached_property
    def valid(self) -> tuple[Floats, Floats]:
        """First second and first second no longer, float64 (k,) each; infinite where open."""
        starts = [-np.inf if a.valid_from is None else a.valid_from for a in self]
        ends = [np.inf if a.valid_until is None else a.valid_until for a in self]
        return np.array(starts, dtype=np.float64), np.array(ends, dtype=np.float64)

    @cached_property
    def rests(self) -> dict[str, Floats]:
        """By outcome, float64 (k + 1,): days each action rests after it; empty is any outcome.

        The last one stands for an action that the catalogue has no longer, and is 0.
        """
        rests = {"": np.array([*(a.cool_down_days for a in self), 0.0], dtype=np.float64)}
        for k, action in enumerate(self):
            for outcome, days in action.cool_down_after:
                rests.setdefault(outcome, np.zeros(len(self) + 1))[k] = days
        return {outcome: days for outcome, days in rests.items() if days.any()}

    @cached_property
    def eligibility(self) -> dict[str, Eligibility]:
        """By channel, the conditions of the actions made for it."""
        told = {k: a.eligible_when for k, a in enumerate(self) if a.eligible_when is not None}
        return {
            channel: Eligibility.of({k: when for k, when in told.items() if made[k]})
            for channel, made in self.on_channel.items()
        }

    def covered(self, limit: ContactLimit, channel: str) -> Mask:
        """Tell which actions a contact limit covers on a channel, bool (k,)."""
        if (limit, channel) not in self._covered:
            covered = ~self.is_none & (limit.channel in ("", channel))
            if limit.kind:
                covered &= self.kind == KINDS.index(limit.kind)
            if limit.group:
                covered &= self.groups == limit.group
            if limit.action:
                covered &= self.ids == limit.action
            self._covered[limit, channel] = np.asarray(covered)
        return self._covered[limit, channel]

    def waiting(self, journey: Journey) -> Mask:
        """Tell which actions wait while a customer is in a journey, bool (k,)."""
        asked = journey.suppress_kinds, journey.suppress_groups
        if asked not in self._waiting:
            waits = np.isin(self.kind, [KINDS.index(kind) for kind in journey.suppress_kinds])
            waits |= np.isin(self.groups, journey.suppress_groups)
            self._waiting[asked] = np.asarray(waits & ~self.is_none)
        return self._waiting[asked]

    @cached_property
    def _waiting(self) -> dict[tuple[tuple[str, ...], tuple[str, ...]], Mask]:
        return {}

    @cached_property
    def _covered(self) -> dict[tuple[ContactLimit, str], Mask]:
        return {}

    @cached_property
    def filled(self) -> dict[str, NDArray[np.int64]]:
        """By goal, positions of the actions that its items fill."""
        goals = np.array([a.items for a in self], dtype=np.str_)
        return {str(goal): np.flatnonzero(goals == goal) for goal in np.unique(goals) if goal}

    @cached_property
    def told(self) -> tuple[Told, Told]:
        """Which responses are about which actions: what the log taught, then what models say.

        A model has the last word: it speaks of each customer.
        """
        return (
            Told([learned_name(action.action_id) for action in self]),
            Told([action.model for action in self]),
        )

    @cached_property
    def value(self) -> Floats:
        """float64 (k,): margin of one response at full price."""
        return np.array([a.value for a in self], dtype=np.float64)

    @cached_property
    def cost(self) -> Floats:
        """float64 (k,): cost of one contact."""
        return np.array([a.cost for a in self], dtype=np.float64)

    @cached_property
    def price(self) -> Floats:
        """float64 (k,): what a discount is a share of."""
        return np.array([a.price for a in self], dtype=np.float64)

    @cached_property
    def lever(self) -> Floats:
        """float64 (k,): the business's own weight."""
        return np.array([a.lever for a in self], dtype=np.float64)

    @cached_property
    def ladders(self) -> Ladders:
        """The price ladders of those that have any."""
        return Ladders.of(self)

    @cached_property
    def priors(self) -> Propensity:
        """Each action's prior as a propensity of shape (k,)."""
        each = [from_prior(a.prior, 1) for a in self]
        mean, low, high, strength = (
            np.array([getattr(p, name)[0] for p in each], dtype=np.float64)
            for name in ("mean", "low", "high", "strength")
        )
        return Propensity(mean, low, high, strength)
