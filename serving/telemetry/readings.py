"""What holds at the moment when somebody asks for the counts."""

import platform
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from decisioning.reasons import PASSED
from serving.stores.ports import StoreUnavailableError
from serving.world import World

_STOCK = (
    ("nextbest_stock_newest_age_seconds", "Age of the newest stock figure."),
    ("nextbest_stock_unknown_share", "Share of the catalogue without a figure fresh enough."),
    ("nextbest_stock_sellable_share", "Share of the catalogue that may be sold."),
)
NAMES = ("nextbest_build_info", *(name for name, _ in _STOCK))
_HOME = "home"  # a customer's own shop: no single location


def readings(find_world: Callable[[], World | None], clock: Callable[[], int]) -> Iterator[Metric]:
    """Yield the build, and the state of the stock as this worker sees it.

    The locations are those that the policy names, a few; where a figure was never told its age
    is left out, and all of the catalogue is unknown there.

    Parameters
    ----------
    find_world
        Returns what is served, None while nothing is.
    clock
        Epoch seconds UTC.
    """
    build = GaugeMetricFamily(NAMES[0], "1, of this program.", labels=["version", "python"])
    build.add_metric([program_version(), platform.python_version()], 1)
    yield build
    families = [GaugeMetricFamily(name, text, labels=["location"]) for name, text in _STOCK]
    world = find_world()
    if world is not None:
        with suppress(StoreUnavailableError):  # what was last known still grows old
            world.stock.refresh()
        for location in _locations(world):
            for family, value in zip(families, _stock(world, location, clock()), strict=True):
                if value is not None:
                    family.add_metric([location], value)
    yield from families


@lru_cache(maxsize=1)
def program_version() -> str:
    """Return the version of this program; a built Bento has code and no package."""
    try:
        return version("nextbest")
    except PackageNotFoundError:
        return "unpackaged"


def _locations(world: World) -> list[str]:
    policy = world.bundle.policy
    named = {*policy.stock_location.values(), policy.stock_fallback}
    return sorted(named - {_HOME, ""})


def _stock(world: World, location: str, now: int) -> tuple[float | None, float, float]:
    policy = world.bundle.policy
    view = world.stock.view(location)
    newest = int(view.as_of.max(initial=0))
    unknown = view.as_of < now - policy.stock_max_age_s
    sellable = world.stock.verdicts(location, world.bundle.items.discontinued, policy, now)
    count = max(len(unknown), 1)
    return (
        float(now - newest) if newest else None,
        float(np.count_nonzero(unknown)) / count,
        float(np.count_nonzero(sellable == PASSED)) / count,
    )
