"""RetailRocket sessions: how they are read, split, measured; intervals over whole sessions."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from tqdm import tqdm

from decisioning.recommender.histories import Histories
from decisioning.recommender.sessions.events import session_histories
from training.recommender.sessions.ranker import Prefixes, prefixes_of

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Slates = Callable[[Histories], I64]
"""Prefixes to their items, int64 (m, DEPTH), best first, -1 where there is none."""

DEPTH: Final = 20
FEWEST: Final = 2
"""Clicks before the first one to be told, as in the test file."""
DRAWS: Final = 1000
_BLOCK: Final = 512


def read_sessions(folder: Path) -> tuple[Histories, Prefixes]:
    """Read the train sessions and the test prefixes with their targets."""
    train = pd.read_parquet(folder / "train_sessions.parquet").sort_values("session")
    test = pd.read_parquet(folder / "test.parquet")
    clicks, prefixes = train["items"].tolist(), test["prefix"].tolist()
    n_items = 1 + int(np.concatenate([*clicks, *prefixes, test["target"].to_numpy()]).max())
    told = _clicks(prefixes, n_items)
    return _clicks(clicks, n_items), Prefixes(told, test["target"].to_numpy().astype(np.int64))


def _clicks(sessions: list[NDArray[np.int32]], n_items: int) -> Histories:
    row = np.repeat(np.arange(len(sessions)), [len(session) for session in sessions])
    return _gathered(row, np.concatenate(sessions).astype(np.int64), (len(sessions), n_items))


def _gathered(row: I64, item: I64, shape: tuple[int, int]) -> Histories:
    return session_histories(row, item, np.ones(item.size, dtype=np.float32), shape)


def held_out(sessions: Histories, first: int, end: int) -> Prefixes:
    """Return the prefixes of sessions ``first`` to ``end``, of items the earlier ones know.

    As in the test file, where every item is one of the train sessions.
    """
    known = np.zeros(sessions.n_items, dtype=np.bool_)
    known[sessions.item[: sessions.pointer[first]]] = True
    late = sessions.of(np.arange(first, end))
    kept = known[late.item]
    told = _gathered(late.row[kept], late.item[kept], (late.n_subjects, sessions.n_items))
    return prefixes_of(told, FEWEST)


def sample_of(prefixes: Prefixes, size: int, seed: int) -> Prefixes:
    """Draw some of the prefixes, in their order."""
    drawn = np.random.default_rng(seed).permutation(prefixes.target.size)[:size]
    drawn.sort()
    return Prefixes(prefixes.histories.of(drawn), prefixes.target[drawn])


@dataclass(frozen=True)
class Ranks:
    """Of each prefix, float64 (m,): whether the target is among the first 20, and 1 / its rank."""

    recall: F64
    reciprocal: F64

    @property
    def means(self) -> tuple[float, float]:
        """Recall@20 and MRR@20."""
        return float(self.recall.mean()), float(self.reciprocal.mean())


def measure(slates: Slates, prefixes: Prefixes, name: str = "") -> Ranks:
    """Rank every target, in blocks; a progress bar where there is a name."""
    m = prefixes.target.size
    reciprocal = np.zeros(m)
    for start in tqdm(range(0, m, _BLOCK), desc=name, disable=not name, leave=False):
        block = np.arange(start, min(start + _BLOCK, m))
        items = slates(prefixes.histories.of(block))
        hit = items == prefixes.target[block][:, None]
        reciprocal[block] = (hit / np.arange(1, items.shape[1] + 1)).sum(axis=1)
    return Ranks((reciprocal > 0).astype(np.float64), reciprocal)


def slates_of(scores: Callable[[Histories], sparse.csr_matrix]) -> Slates:
    """Return the best of a model's scores above 0, ties to the lower item."""

    def slates(told: Histories) -> I64:
        found = scores(told)
        row = np.repeat(np.arange(found.shape[0]), np.diff(found.indptr))
        speaks = found.data > 0
        row, item, score = row[speaks], found.indices[speaks], found.data[speaks]
        order = np.lexsort((item, -score, row))
        first = np.searchsorted(row, np.arange(found.shape[0]))
        rank = np.arange(row.size) - first[row]
        kept = rank < DEPTH
        items = np.full((found.shape[0], DEPTH), -1, dtype=np.int64)
        items[row[kept], rank[kept]] = item[order][kept]
        return items

    return slates


def sessions_behind(prefixes: Prefixes) -> I64:
    """Tell which session each prefix is of: consecutive ones, each a click shorter or longer."""
    told = prefixes.histories
    clicks = [
        told.item[start:end].tolist()
        for start, end in zip(told.pointer[:-1], told.pointer[1:], strict=True)
    ]
    new = [True]
    for k in range(1, len(clicks)):
        short, long = sorted((k - 1, k), key=lambda j: len(clicks[j]))
        whole = [*clicks[short], int(prefixes.target[short])]
        new.append(len(clicks[long]) != len(whole) or clicks[long] != whole)
    return np.cumsum(new) - 1


def interval(values: F64, session: I64, seed: int) -> tuple[float, float]:
    """Return the bootstrap 95 % interval of a mean, whole sessions drawn."""
    total, count = np.bincount(session, values), np.bincount(session).astype(np.float64)
    draws = np.random.default_rng(seed)
    means = []
    for _ in range(DRAWS):
        drawn = draws.integers(0, total.size, total.size)
        means.append(total[drawn].sum() / count[drawn].sum())
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def gain_interval(mine: F64, theirs: F64, session: I64, seed: int) -> tuple[float, float]:
    """Return the interval of mean(mine) / mean(theirs) - 1, both over the same drawn sessions."""
    ours, other = np.bincount(session, mine), np.bincount(session, theirs)
    draws = np.random.default_rng(seed)
    gains = []
    for _ in range(DRAWS):
        drawn = draws.integers(0, ours.size, ours.size)
        gains.append(ours[drawn].sum() / other[drawn].sum() - 1)
    low, high = np.quantile(gains, [0.025, 0.975])
    return float(low), float(high)
