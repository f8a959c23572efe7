"""Clusters of one run in the space and under the names of the runs before."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.segments.clusters import Trial, fit_clusters
from training.segments.names import Naming, Registry, name_clusters
from training.segments.profiles import differences, label_of
from training.segments.storage import Memory
from training.segments.traits import COLUMNS, Scaling, fit_scaling, standardise

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]


@dataclass(frozen=True)
class Clustering:
    """Clusters of the customers of a run.

    Parameters
    ----------
    name_of
        Name of each customer's cluster, shape (n_customers,).
    naming
        What became of the names.
    memory
        For the next run.
    trials
        What was measured for each number of clusters.
    """

    name_of: Texts
    naming: Naming
    memory: Memory
    trials: tuple[Trial, ...]


def space(known: pd.DataFrame, memory: Memory | None) -> tuple[Scaling, Registry]:
    """Return the scaling of the first run and the names so far.

    When the traits are no longer those of the first run, centroids cannot be compared: the space
    is laid anew and every old name is retired.
    """
    if memory is None:
        return fit_scaling(known), Registry()
    if memory.scaling.columns == COLUMNS:
        return memory.scaling, memory.registry
    old = memory.registry
    return fit_scaling(known), Registry(retired=(*old.retired, *old.names), issued=old.issued)


def cluster(known: pd.DataFrame, memory: Memory | None, seed: int) -> Clustering:
    """Cluster customers and name the clusters.

    Parameters
    ----------
    known
        Snapshot rows of those who take part, sorted by customer.
    memory
        What the last run left; None for the first.

    Raises
    ------
    ValueError
        If there are too few customers.
    """
    scaling, registry = space(known, memory)
    z = standardise(known, scaling)
    fitted = fit_clusters(z * scaling.weight, seed, registry.centroids if registry.names else None)
    naming = name_clusters(registry, fitted.centroids)
    names = np.array(naming.registry.names, dtype=object)
    name_of: Texts = names[fitted.labels]
    labels = _labels(z, name_of, naming, memory)
    after = Memory(
        scaling, naming.registry, tuple(one for one, _ in labels), tuple(fr for _, fr in labels)
    )
    return Clustering(name_of, naming, after, fitted.trials)


def _labels(
    z: Floats, name_of: Texts, naming: Naming, memory: Memory | None
) -> list[tuple[str, str]]:
    """Labels in the order of the names: kept ones stay, new ones say what stands out at birth."""
    old = {}
    if memory is not None:
        pairs = zip(memory.labels, memory.labels_fr, strict=True)
        old = dict(zip(memory.registry.names, pairs, strict=True))
    taken = {old[name] for name in naming.kept}
    labels = []
    for name in naming.registry.names:
        if name in naming.kept:
            labels.append(old[name])
            continue
        label = _unlike(label_of(differences(z, name_of == name)), taken)
        taken.add(label)
        labels.append(label)
    return labels


def _unlike(label: tuple[str, str], taken: set[tuple[str, str]]) -> tuple[str, str]:
    """Add a number to a label that is taken."""
    english = {one for one, _ in taken}
    number, tried = 1, label
    while tried[0] in english:
        number += 1
        tried = (f"{label[0]} ({number})", f"{label[1]} ({number})")
    return tried
