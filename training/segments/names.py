"""Names that last: each new centroid takes the name of the old one it continues, or a new name.

Old and new centroids are paired at the least total distance (the Hungarian method: Kuhn, Naval
Research Logistics Quarterly 2, 1955). A pair further apart than half the way from the old
centroid to its nearest old neighbour could as well be another cluster: it gets a new name. A name
without a successor is retired, and stands for nothing else ever after.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Registry:
    """The names of clusters.

    Parameters
    ----------
    names
        In use, in the order of ``centroids``.
    centroids
        In the scaling of the first run, shape (n_names, n_traits).
    retired
        Names that once meant something.
    issued
        How many names were ever given.
    """

    names: tuple[str, ...] = ()
    centroids: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    retired: tuple[str, ...] = ()
    issued: int = 0


@dataclass(frozen=True)
class Naming:
    """What became of the names in a run.

    Parameters
    ----------
    registry
        After the run; ``registry.names[i]`` is the name of cluster ``i`` of the run.
    kept, new, retired
        Names by fate.
    moved
        Kept name -> distance its centroid moved, in weighted standard deviations.
    """

    registry: Registry
    kept: tuple[str, ...]
    new: tuple[str, ...]
    retired: tuple[str, ...]
    moved: dict[str, float]


def name_clusters(before: Registry, centroids: Floats) -> Naming:
    """Name the clusters of a run.

    Parameters
    ----------
    before
        Registry of the run before; an empty one for the first.
    centroids
        Of this run in the same scaling, shape (k, n_traits).
    """
    pairs = _pairs(before, centroids) if before.names else {}
    names: list[str] = []
    issued = before.issued
    for cluster in range(len(centroids)):
        if cluster in pairs:
            names.append(before.names[pairs[cluster]])
        else:
            issued += 1
            names.append(f"cluster-{issued:02d}")
    moved = {
        before.names[old]: float(np.linalg.norm(centroids[cluster] - before.centroids[old]))
        for cluster, old in sorted(pairs.items())
    }
    gone = tuple(name for name in before.names if name not in names)
    registry = Registry(tuple(names), centroids, (*before.retired, *gone), issued)
    return Naming(
        registry,
        tuple(name for name in names if name in moved),
        tuple(name for name in names if name not in moved),
        gone,
        moved,
    )


def bounds(centroids: Floats) -> Floats:
    """How far each centroid may move and still be itself, shape (k,)."""
    if len(centroids) < 2:
        return np.full(len(centroids), np.inf)
    apart = cdist(centroids, centroids)
    np.fill_diagonal(apart, np.inf)
    half: Floats = apart.min(axis=1) / 2
    return half


def _pairs(before: Registry, centroids: Floats) -> dict[int, int]:
    """Return new cluster -> old one that it continues."""
    distance = cdist(centroids, before.centroids)
    new, old = linear_sum_assignment(distance)
    limit = bounds(before.centroids)
    return {int(n): int(o) for n, o in zip(new, old, strict=True) if distance[n, o] <= limit[o]}
