"""K-means clusters, with k by a rule that prefers what a second sample would find again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MIN_CUSTOMERS = 200
CHOICES = (4, 5, 6, 7, 8)  # fewer would say little that the RFM classes do not
PAIRS = 5  # of samples, for the stability of a k
SAMPLE_SHARE = 0.8
NEARLY = 0.05  # stabilities closer than this are one to us
STAY = 0.15  # how much less stable the k of before may be and stay: names are worth something
STARTS, TRIAL_STARTS = 10, 4
TRIAL_ROWS = 5_000
SILHOUETTE_ROWS = 2_000
KEEP_WITHIN = 1.05  # inertia of the old solution carried on, against the best fresh one


@dataclass(frozen=True)
class Trial:
    """What was measured for one k.

    Parameters
    ----------
    k
        Clusters.
    stability
        Mean adjusted Rand index of the labels that two random samples give all customers.
    silhouette
        Mean over at most :data:`SILHOUETTE_ROWS` customers.
    """

    k: int
    stability: float
    silhouette: float


@dataclass(frozen=True)
class Fitted:
    """Clusters of one run: centroids (k, n_traits), labels (n_customers,), the trials."""

    centroids: Floats
    labels: Ints
    trials: tuple[Trial, ...]


def fit_clusters(
    x: Floats, seed: int, previous: Floats | None = None, choices: Sequence[int] = CHOICES
) -> Fitted:
    """Cluster customers.

    Parameters
    ----------
    x
        Standardised and weighted traits, shape (n_customers, n_traits), customers in a fixed
        order.
    seed
        Of starts and samples.
    previous
        Centroids of the run before, shape (k_before, n_traits). They are carried on (k-means from
        there) when their k is still about the most stable and the result is about as tight as the
        best fresh one: names can only last where the clusters do.
    choices
        The numbers of clusters to try.

    Raises
    ------
    ValueError
        If there are fewer than :data:`MIN_CUSTOMERS` customers.
    """
    if len(x) < MIN_CUSTOMERS:
        raise ValueError(
            f"{len(x)} customers are too few to cluster; at least {MIN_CUSTOMERS} are needed."
        )
    # One thread: sums in another order are other centroids.
    with threadpool_limits(1):
        old = {} if previous is None else {len(previous): previous}
        some = _sample(x, TRIAL_ROWS, np.random.default_rng(seed))
        trials = tuple(_try(some, k, seed, old.get(k)) for k in choices)
        k = choose_k(trials, *old)
        model = _fit(x, k, seed)
        if previous is not None and len(previous) == k:
            carried = _fit(x, k, seed, start=previous)
            if carried.inertia_ <= KEEP_WITHIN * model.inertia_:
                model = carried
    return Fitted(
        np.asarray(model.cluster_centers_, dtype=np.float64),
        np.asarray(model.labels_, dtype=np.int64),
        trials,
    )


def choose_k(trials: Sequence[Trial], previous: int | None = None) -> int:
    """Choose k: the one before while it is stable enough, else the clearest of the most stable.

    Ties go to the smaller k.
    """
    best = max(trial.stability for trial in trials)
    if previous in [trial.k for trial in trials if trial.stability >= best - STAY]:
        return previous
    stable = [trial for trial in trials if trial.stability >= best - NEARLY]
    return max(stable, key=lambda trial: (trial.silhouette, -trial.k)).k


def _try(x: Floats, k: int, seed: int, start: Floats | None) -> Trial:
    """Measure one k; the k of the run before as it would be carried on, from ``start``."""
    rng = np.random.default_rng([seed, k])
    size = int(SAMPLE_SHARE * len(x))
    scores = []
    for pair in range(PAIRS):
        one, other = (
            _fit(_sample(x, size, rng), k, seed + pair, start, TRIAL_STARTS) for _ in range(2)
        )
        scores.append(adjusted_rand_score(one.predict(x), other.predict(x)))
    whole = _fit(x, k, seed, start, TRIAL_STARTS)
    rows = _sample(x, SILHOUETTE_ROWS, rng)
    return Trial(k, float(np.mean(scores)), _silhouette(rows, whole.predict(rows)))


def _silhouette(x: Floats, labels: Ints) -> float:
    """Silhouette, or its worst when there is nothing to tell apart."""
    distinct = len(np.unique(labels))
    return float(silhouette_score(x, labels)) if 1 < distinct < len(x) else -1.0


def _sample(x: Floats, rows: int, rng: np.random.Generator) -> Floats:
    if rows >= len(x):
        return x
    some: Floats = x[np.sort(rng.choice(len(x), rows, replace=False))]
    return some


def _fit(x: Floats, k: int, seed: int, start: Floats | None = None, starts: int = STARTS) -> KMeans:
    """Run k-means to its fixed point: carried on from there, nothing moves."""
    model = KMeans(
        k,
        init="k-means++" if start is None else start,
        n_init=starts if start is None else 1,
        max_iter=1_000,
        tol=0.0,
        random_state=seed,
        algorithm="lloyd",
    )
    return model.fit(x)
