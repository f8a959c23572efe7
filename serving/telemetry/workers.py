"""Counts of several workers, and of those that are gone.

Every worker writes its counts to files of its own in one folder, and whoever is asked adds them
up. A count of a worker that died still happened. What it was doing at its death has ended.
"""

import os
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def exposition(registry: CollectorRegistry, *collectors: Collector) -> bytes:
    """Return the series of every worker as Prometheus reads them.

    Parameters
    ----------
    registry
        Of this process; it is what counts where there is no folder.
    collectors
        What is read at this moment, by this worker.
    """
    if FOLDER in os.environ:
        forget_the_dead(Path(os.environ[FOLDER]))
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    text = generate_latest(registry)
    for collector in collectors:
        now = CollectorRegistry()
        now.register(collector)
        text += generate_latest(now)
    return text


def forget_the_dead(folder: Path) -> None:
    """Remove what workers that are gone say of the present."""
    for path in folder.glob("gauge_live*_*.db"):
        pid = path.stem.rpartition("_")[2]
        if pid.isdecimal() and not _is_alive(int(pid)):
            path.unlink(missing_ok=True)  # another worker may be asked at the same moment


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's, so it lives
        return True
    return True
