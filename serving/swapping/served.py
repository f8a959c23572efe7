"""What a process serves: the one reference that a request reads, once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from serving.decider import Decider


@dataclass(frozen=True)
class Standing:
    """The bundles in use at one moment.

    Parameters
    ----------
    champion
        Serves.
    challenger
        Serves a share of customers or none, and decides beside the champion; None where no
        canary and no shadow is set, or its alias points nowhere.
    """

    champion: Decider
    challenger: Decider | None = None


@dataclass(frozen=True)
class Trouble:
    """Why a bundle that is meant to be served is not.

    Parameters
    ----------
    role
        ``champion`` or ``challenger``.
    token
        Which bundle, as the registry or its folder tells it from others; empty where that cannot
        be told.
    reason
        A sentence.
    """

    role: str
    token: str
    reason: str


@dataclass
class Served:
    """The standing, replaced whole: whoever read it keeps what they read.

    Parameters
    ----------
    standing
        What is served now.
    troubles
        By role, what keeps another bundle from being served.
    switches
        How often the champion was replaced.
    """

    standing: Standing
    troubles: Mapping[str, Trouble] = field(default_factory=dict)
    switches: int = 0

    def put(self, role: str, decider: Decider | None) -> None:
        """Serve a bundle in a role from the next request on."""
        if role == "challenger":
            self.standing = replace(self.standing, challenger=decider)
        elif decider is not None:
            self.standing = replace(self.standing, champion=decider)
            self.switches += 1

    def note(self, role: str, trouble: Trouble | None) -> None:
        """Say what keeps a role's bundle out, or that nothing does."""
        others = {name: one for name, one in self.troubles.items() if name != role}
        self.troubles = others if trouble is None else others | {role: trouble}

    def report(self) -> dict[str, Any]:
        """Return what is served and what is kept out, for /readyz and the console."""
        standing = self.standing
        challenger = standing.challenger
        return {
            "bundle_version": standing.champion.bundle_version,
            "policy_version": standing.champion.policy_version,
            "challenger_version": challenger.bundle_version if challenger else None,
            "switches": self.switches,
            # Not the reason: it may name folders, and probes need no key. The log has it.
            "kept_out": [{"role": one.role, "bundle": one.token} for one in self.troubles.values()],
        }
