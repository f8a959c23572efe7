"""The composition root of serving: settings become objects, and the clock is read here only."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bundle.files import read_bundle
from decisioning.policy import DAY
from features.schemas import SIMULATED
from features.settings import Settings, ensure_home
from features.storage import read_manifest
from serving.decider import Decider
from serving.registry import find_bundle
from serving.rulebook import keep_rules
from serving.stores.opening import Stores, open_stores

EVENT_DAYS = 400
"""How long posted events are kept; they are read from the bundle's moment on."""


@dataclass(frozen=True)
class Parts:
    """What a serving process is made of.

    Parameters
    ----------
    application
        The decisions.
    stores
        The state.
    clock
        Returns epoch seconds UTC.
    console
        What the console says of the data: rows by table, real and simulated.
    """

    application: Decider
    stores: Stores
    clock: Callable[[], int]
    console: dict[str, Any]


def build(settings: Settings) -> Parts:
    """Build a serving process.

    Raises
    ------
    NextbestError
        If the home cannot be written, or the bundle or the store cannot be used.
    """
    ensure_home(settings)
    folder = find_bundle(settings)
    bundle = read_bundle(folder)
    stores = open_stores(settings.store_url)
    stores.events.discard(clock() - EVENT_DAYS * DAY)
    keep_rules(stores.rules, folder, bundle.manifest, clock())
    application = Decider(bundle, stores, clock, new_id)
    application.world.stock.refresh()
    console = {
        "tables": _tables(settings),
        "bundle_version": application.bundle_version,
        "policy_version": application.policy_version,
    }
    return Parts(application, stores, clock, console)


def clock() -> int:
    """Return the time: epoch seconds UTC."""
    return int(time.time())  # noqa: TID251 - the composition root reads the clock


def new_id() -> str:
    """Return an id never given before."""
    return uuid.uuid4().hex


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
