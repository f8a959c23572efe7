"""A segmentation: classes and clusters of the customers who allow it, described and stored."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.snapshot import build_snapshot
from training.segments import classes, picture, storage, traits
from training.segments.classes import CLASSES
from training.segments.clustering import Clustering, cluster, space
from training.segments.clusters import MIN_CUSTOMERS, Trial
from training.segments.profiles import FIGURES, Profile, profile
from training.segments.storage import Memory

Texts = NDArray[np.object_]

SEED = 2017
COLUMNS = tuple(dict.fromkeys((*classes.COLUMNS, *FIGURES, *traits.COLUMNS)))


@dataclass(frozen=True)
class Segmentation:
    """What a run gave.

    Parameters
    ----------
    as_of
        Epoch seconds, UTC.
    customers
        ``customer_id``, ``as_of``, ``segment``, ``cluster``, one row a customer who takes part;
        null where too few take part.
    segments, clusters
        Profiles, in the order of the classes and of the names.
    left_out
        Why -> customers who do not take part.
    notes
        What could not be done, and why.
    kept, new, retired
        Names of clusters by fate.
    trials
        What was measured for each number of clusters.
    """

    as_of: int
    customers: pd.DataFrame
    segments: tuple[Profile, ...]
    clusters: tuple[Profile, ...]
    left_out: dict[str, int]
    notes: tuple[str, ...]
    kept: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    trials: tuple[Trial, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return everything but the customers, as JSON takes it."""
        rest = {name: value for name, value in vars(self).items() if name != "customers"}
        for name in ("segments", "clusters", "trials"):
            rest[name] = [asdict(each) for each in rest[name]]
        return rest


def segment(
    con: duckdb.DuckDBPyConnection, as_of: int, folder: Path, *, seed: int = SEED
) -> Segmentation:
    """Segment the customers as of a moment and store the result.

    Parameters
    ----------
    con
        Connection with the canonical tables; the consents in it decide who takes part.
    as_of
        Epoch seconds, UTC.
    folder
        ``NEXTBEST_HOME/segments``: the names of the last run are read from it.
    seed
        Of the clusters.

    Raises
    ------
    SourceError
        If the stored names are damaged.
    """
    memory = storage.load_memory(folder)
    frame = build_snapshot(con, [as_of], columns=COLUMNS).to_pandas()
    result, after = compute(frame, as_of, memory, seed=seed)
    table = pa.Table.from_pandas(result.customers, preserve_index=False)
    storage.write_customers(folder, table)
    storage.write_profiles(folder, result.as_json())
    storage.write_picture(folder, picture.draw(result.segments, result.clusters))
    if after is not None:
        storage.save_memory(folder, after)
    return result


def compute(
    frame: pd.DataFrame, as_of: int, memory: Memory | None, *, seed: int = SEED
) -> tuple[Segmentation, Memory | None]:
    """Segment snapshot rows; nothing is read or written.

    Returns
    -------
    tuple
        The segmentation, and what the next run needs: the old memory when nothing could be
        clustered.
    """
    known = participants(frame)
    notes: list[str] = []
    customers = pd.DataFrame({"customer_id": known["customer_id"].astype("str"), "as_of": as_of})
    customers["segment"] = pd.Series(_classes(known, notes), dtype="str")
    found = _clusters(known, memory, seed, notes)
    name_of = found.name_of if found else np.full(len(known), None)
    customers["cluster"] = pd.Series(name_of, dtype="str")
    profiles = _profiles(known, customers, found, memory)
    fate = (found.naming.kept, found.naming.new, found.naming.retired) if found else ((), (), ())
    result = Segmentation(
        as_of, customers, *profiles, left_out(frame), tuple(notes), *fate,
        found.trials if found else (),
    )  # fmt: skip
    return result, found.memory if found else memory


def participants(frame: pd.DataFrame) -> pd.DataFrame:
    """Snapshot rows of customers who bought and allow both purposes, sorted by customer."""
    rows = frame[_allowed(frame) & frame["days_since_last_purchase"].notna()]
    return rows.sort_values("customer_id", kind="stable", ignore_index=True)


def left_out(frame: pd.DataFrame) -> dict[str, int]:
    """Count who does not take part, by the first reason."""
    personal = frame["personalisation_allowed"]
    never = _allowed(frame) & frame["days_since_last_purchase"].isna()
    return {
        "personalisation not granted": int((~personal).sum()),
        "analytics not granted": int((personal & ~frame["analytics_allowed"]).sum()),
        "never bought": int(never.sum()),
    }


def _allowed(frame: pd.DataFrame) -> "pd.Series[bool]":
    return frame["personalisation_allowed"] & frame["analytics_allowed"]


def _classes(known: pd.DataFrame, notes: list[str]) -> Texts:
    if len(known) >= classes.MIN_CUSTOMERS:
        return classes.classify(known)["segment"].to_numpy(dtype=object)
    notes.append(_too_few("RFM classes", len(known), classes.MIN_CUSTOMERS))
    return np.full(len(known), None, dtype=object)


def _clusters(
    known: pd.DataFrame, memory: Memory | None, seed: int, notes: list[str]
) -> Clustering | None:
    if len(known) >= MIN_CUSTOMERS:
        return cluster(known, memory, seed)
    notes.append(_too_few("clusters", len(known), MIN_CUSTOMERS))
    return None


def _too_few(what: str, n: int, needed: int) -> str:
    return (
        f"No {what}: {n} customers with a purchase and both consents are too few;"
        f" at least {needed} are needed."
    )


def _profiles(
    known: pd.DataFrame, customers: pd.DataFrame, found: Clustering | None, memory: Memory | None
) -> tuple[tuple[Profile, ...], tuple[Profile, ...]]:
    if known.empty:
        return (), ()
    scaling = found.memory.scaling if found else space(known, memory)[0]
    z = traits.standardise(known, scaling)
    segment = customers["segment"].to_numpy(dtype=object)
    by_class = tuple(
        profile(each.name, (each.label, each.label_fr), known, z, segment == each.name)
        for each in CLASSES
        if (segment == each.name).any()
    )
    if found is None:
        return by_class, ()
    after = found.memory
    labelled = zip(after.registry.names, after.labels, after.labels_fr, strict=True)
    return by_class, tuple(
        profile(name, (label, label_fr), known, z, found.name_of == name)
        for name, label, label_fr in sorted(labelled)
    )
