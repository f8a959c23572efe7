"""The policy, as the core sees it: rules that hold for every action; frozen values, no YAML."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from decisioning.conditions import Columns, Condition, Truth, prepared
from decisioning.item_policy import ItemPolicy

DAY: Final = 86_400


@dataclass(frozen=True)
class ContactLimit:
    """After ``count`` outcomes within ``days``, suppress for ``suppress_days``.

    Parameters
    ----------
    outcome
        Which ledger outcome counts (``shown``, ``rejected``, ...).
    channel, kind, group, action
        Only contacts on this channel, of this kind, group or action; empty counts all of them,
        and the suppression covers what was counted. With all four empty the limit is overall.
    """

    outcome: str
    count: int
    days: float
    suppress_days: float
    channel: str = ""
    kind: str = ""
    group: str = ""
    action: str = ""


@dataclass(frozen=True)
class Fatigue:
    """After ``unanswered`` contacts in a row without any answer, nothing for ``suppress_days``.

    Parameters
    ----------
    days
        How far back the run of contacts may reach.
    """

    unanswered: int
    days: float
    suppress_days: float


@dataclass(frozen=True)
class Journey:
    """Something the customer is in the middle of, which some actions must not interrupt.

    Parameters
    ----------
    name
        What the record says, such as ``open_complaint``.
    when
        True for a customer in it. Unknown holds back too.
    suppress_kinds, suppress_groups
        What must wait.
    """

    name: str
    when: Condition
    suppress_kinds: tuple[str, ...] = ()
    suppress_groups: tuple[str, ...] = ()

    @cached_property
    def holds(self) -> Callable[[Columns], Truth]:
        """What tells, from a block's columns, who is in the journey."""
        return prepared(self.when)


@dataclass(frozen=True)
class Budget:
    """What a batch of decisions may use across all customers.

    Parameters
    ----------
    name
        What the record and the report say.
    channel, kind, group, action
        Which contacts use it; empty is all of them.
    contacts
        At most so many, None for no limit.
    money
        At most so many cents of contact cost and expected discount, None for no limit.
    """

    name: str
    channel: str = ""
    kind: str = ""
    group: str = ""
    action: str = ""
    contacts: int | None = None
    money: float | None = None


@dataclass(frozen=True)
class Policy:
    """Rules that hold for every action.

    Parameters
    ----------
    limits
        Contact limits.
    fatigue
        What too many contacts without answer lead to; None for nothing.
    journeys
        What must not be interrupted.
    budgets
        Capacities of a batch, across its customers.
    quiet_from, quiet_until
        Local hours [from, until) in which nobody is contacted on ``quiet_channels``; the
        interval may pass midnight. Local is the customer's own time.
    time_zone, time_zones
        IANA names: the default, and by country of the customer. The caller turns them into
        offsets, the core holds no calendar.
    control_share, random_share
        Shares of customers in the control arm and of decisions in the random arm.
    exploration
        ``none``: the best expected action; ``thompson``: the best of a draw from the posteriors.
    max_per_kind
        At most so many actions of one kind in a slate; 0 for no limit.
    value_weights
        What the value of a kind is multiplied by, 1 where absent.
    context_weights
        Weight C of a kind on a channel, 1 where absent.
    stock_reserve
        Units kept back: a level at or under it is not sellable.
    stock_max_age_s
        Age in seconds beyond which a stock figure is unknown.
    stock_location
        For each channel, the location that serves it; ``home`` is the customer's own shop.
    stock_fallback
        The location that stands in for ``home`` where none may be known.
    items
        Rules for slates of items.
    seed
        Base of every draw.
    """

    limits: tuple[ContactLimit, ...] = ()
    fatigue: Fatigue | None = None
    journeys: tuple[Journey, ...] = ()
    budgets: tuple[Budget, ...] = ()
    quiet_from: int = 0
    quiet_until: int = 0
    quiet_channels: tuple[str, ...] = ()
    time_zone: str = "UTC"
    time_zones: dict[str, str] = field(default_factory=dict)
    control_share: float = 0.0
    random_share: float = 0.0
    exploration: str = "none"
    max_per_kind: int = 0
    value_weights: dict[str, float] = field(default_factory=dict)
    context_weights: dict[tuple[str, str], float] = field(default_factory=dict)
    stock_reserve: float = 0.0
    stock_max_age_s: int = 7 * DAY
    stock_location: dict[str, str] = field(default_factory=dict)
    stock_fallback: str = ""
    items: ItemPolicy = field(default_factory=ItemPolicy)
    seed: int = 0
