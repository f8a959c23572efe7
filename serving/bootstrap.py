"""The composition root of serving: settings become objects, and the clock is read here only."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bundle.contents import Bundle
from bundle.files import read_bundle
from decisioning.policy import DAY
from features.errors import NextbestError, SettingError
from features.schemas import SIMULATED
from features.settings import DEFAULT_REMEMBERED, Settings, ensure_home
from features.storage import read_manifest
from serving.decider import Decider
from serving.privacy.secret import with_pseudonyms
from serving.registry import look, look_up
from serving.rulebook import keep_rules
from serving.stores.opening import Stores, open_stores
from serving.stores.ports import StoreUnavailableError
from serving.swapping.checks import self_check
from serving.swapping.follower import Follower, Role
from serving.swapping.front import Front
from serving.swapping.served import Served, Standing
from serving.swapping.shadow import Shadow
from serving.swapping.shadow_log import ShadowLog
from serving.timely import TimeBudget

EVENT_DAYS = 400
"""How long posted events are kept; they are read from the bundle's moment on."""


@dataclass(frozen=True)
class Parts:
    """What a serving process is made of.

    Parameters
    ----------
    served
        The bundles in use.
    stores
        The state.
    clock
        Returns epoch seconds UTC.
    console
        What the console says of the data: rows by table, real and simulated.
    token
        Which bundle was found, as the registry or its folder tells it from others.
    remembered
        How many decisions each bundle's decider remembers.
    """

    served: Served
    stores: Stores
    clock: Callable[[], int]
    console: dict[str, Any]
    token: str = ""
    remembered: int = DEFAULT_REMEMBERED

    @property
    def application(self) -> Decider:
        """The decisions, by the bundle in use at this moment."""
        return self.served.standing.champion


@dataclass(frozen=True)
class Following:
    """What a service has beside the parts of any process: it follows aliases.

    Parameters
    ----------
    front
        Tells which bundle answers.
    follower
        Looks for other bundles.
    shadow
        Compares with the challenger; None where none is set.
    """

    front: Front
    follower: Follower
    shadow: Shadow | None

    def start(self) -> None:
        """Start the threads."""
        self.follower.start()
        if self.shadow:
            self.shadow.start()

    def report(self) -> dict[str, Any]:
        """Return what is served, what is kept out, and what the shadow found."""
        told = self.follower.served.report()
        return told | {"shadow": vars(self.shadow.tally)} if self.shadow else told

    def stop(self) -> None:
        """End the threads; what waits for the shadow is compared before."""
        self.follower.stop()
        if self.front.budget:
            self.front.budget.close()
        if self.shadow:
            self.shadow.stop()


def build(settings: Settings) -> Parts:
    """Build a serving process.

    Raises
    ------
    NextbestError
        If the home cannot be written, or the bundle or the store cannot be used.
    """
    ensure_home(settings)
    seen = look(settings)
    folder = seen.find()
    bundle = read_bundle(folder)
    stores = with_pseudonyms(open_stores(settings.store_url, settings.workers), settings)
    stores.events.discard(clock() - EVENT_DAYS * DAY)
    application = _decider(bundle, folder, stores, settings.remembered)
    console = {
        "tables": _tables(settings),
        "bundle_version": application.bundle_version,
        "policy_version": application.policy_version,
    }
    return Parts(
        Served(Standing(application)), stores, clock, console, seen.token, settings.remembered
    )


def start(settings: Settings) -> tuple[Parts, Following]:
    """Build a serving process and what follows the aliases; the following is not started yet.

    Raises
    ------
    NextbestError
        As `build` and `follow`; nothing stays open then.
    StoreUnavailableError
        If the store is gone.
    """
    parts = build(settings)
    try:
        return parts, follow(parts, settings)
    except (NextbestError, StoreUnavailableError):
        parts.stores.close()
        raise


def follow(parts: Parts, settings: Settings) -> Following:
    """Check the bundle in use, and make what follows the aliases; nothing is started yet.

    Raises
    ------
    BundleError
        If the bundle fails its self-check.
    """
    self_check(parts.application, parts.clock())
    roles = [Role("champion", lambda: look(settings), parts.token)]
    beside = _beside(settings)
    if beside:
        roles.append(Role("challenger", lambda: look_up(settings, beside)))
    follower = Follower(
        parts.served, roles, lambda folder: admit(folder, parts), settings.poll_seconds
    )
    shadow = None
    if settings.shadow:
        log = ShadowLog(settings.home / "shadow" / f"{os.getpid()}.jsonl")
        shadow = Shadow(settings.shadow.share, log)
    budget = TimeBudget(settings.time_budget_ms / 1000) if settings.time_budget_ms else None
    front = Front(parts.served, parts.stores, parts.clock, settings.canary, shadow, budget)
    return Following(front, follower, shadow)


def _beside(settings: Settings) -> str:
    """Return the alias that is followed beside the champion's, empty for none."""
    named = {one.alias for one in (settings.canary, settings.shadow) if one}
    if len(named) > 1:
        raise SettingError(
            f"NEXTBEST_CANARY and NEXTBEST_SHADOW name {' and '.join(sorted(named))}.",
            "name one alias in both: a process holds one bundle beside the champion.",
        )
    return next(iter(named), "")


def admit(folder: Path, parts: Parts) -> Decider:
    """Read a bundle, keep its rules, check it and warm it; it does not serve yet.

    Raises
    ------
    BundleError, CatalogueError
        If it must not be served.
    """
    decider = _decider(read_bundle(folder), folder, parts.stores, parts.remembered)
    self_check(decider, parts.clock())
    return decider


def _decider(bundle: Bundle, folder: Path, stores: Stores, remembered: int) -> Decider:
    keep_rules(stores.rules, folder, bundle.manifest, clock())
    decider = Decider(bundle, stores, clock, new_id, remembered)
    decider.world.stock.refresh()
    return decider


def clock() -> int:
    """Return the time: epoch seconds UTC."""
    return int(time.time())  # noqa: TID251 - the composition root reads the clock


def new_id() -> str:
    """Return an id never given before: a UUID of version 7 (RFC 9562, section 5.7) in hex.

    It begins with the time, so that the newest rows of an index lie side by side: writing them
    costs a quarter less than at places drawn by lot.
    """
    drawn = int.from_bytes(os.urandom(10), "big")
    milliseconds = time.time_ns() // 1_000_000
    random_a, random_b = drawn >> 68, drawn & ((1 << 62) - 1)
    return f"{milliseconds << 80 | 7 << 76 | random_a << 64 | 2 << 62 | random_b:032x}"


def _tables(settings: Settings) -> dict[str, dict[str, int]]:
    path = settings.tables / "manifest.json"
    if not path.is_file():
        return {}
    tables = read_manifest(settings.tables)["tables"]
    return {
        name: {
            "real": sum(n for s, n in entry["rows_by_source"].items() if s != SIMULATED),
            "simulated": entry["rows_by_source"].get(SIMULATED, 0),
        }
        for name, entry in tables.items()
    }
