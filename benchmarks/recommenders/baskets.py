"""Next baskets: what is asked, how an answer is measured, and the figures of several samples.

Recall@10 is the share of the target basket's distinct items among the ten named; NDCG@10 has
binary gains and an ideal over ALL items of the target basket, not over its first ten: a basket of
thirty cannot reach 1. Both are means over subjects.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from decisioning.recommender.histories import Histories

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Score = Callable[[Histories], F32]

DEPTH: Final = 10
BLOCK: Final = 128


@dataclass(frozen=True)
class Asked:
    """Subjects whose next basket is asked for.

    Parameters
    ----------
    histories
        What is known of them, nothing of the target basket; nobody's is empty.
    truth
        int64, sorted and distinct: subject * n_items + item of the target baskets; every subject
        has some.
    """

    histories: Histories
    truth: I64

    @property
    def n_subjects(self) -> int:
        """Number of subjects."""
        return self.histories.n_subjects

    @property
    def size(self) -> I64:
        """Items of each target basket, int64 (m,)."""
        return np.bincount(self.truth // self.histories.n_items, minlength=self.n_subjects)

    def of(self, subjects: I64) -> "Asked":
        """Return some of them, int64 (k,), ascending."""
        subject, item = np.divmod(self.truth, self.histories.n_items)
        place = np.searchsorted(subjects, subject)
        mine = np.isin(subject, subjects)
        return Asked(self.histories.of(subjects), place[mine] * self.histories.n_items + item[mine])


@dataclass(frozen=True)
class Measured:
    """Of each subject, float64 (m,): recall and NDCG at ten."""

    recall: F64
    ndcg: F64


def measure(slates: I64, asked: Asked) -> Measured:
    """Measure ten items a subject, int64 (m, 10)."""
    subject = np.arange(asked.n_subjects)
    n_items = asked.histories.n_items
    hit = np.isin(subject[:, None] * n_items + slates, asked.truth)
    size = asked.size
    gain = 1 / np.log2(np.arange(2, max(size.max(), DEPTH) + 2))
    ideal = np.cumsum(gain)[size - 1]
    return Measured(hit.sum(axis=1) / size, (hit * gain[:DEPTH]).sum(axis=1) / ideal)


def best(score: Score, asked: Asked, name: str = "") -> I64:
    """Return the ten items that score highest; of equal ones, those with the lower index."""
    found = [
        np.argsort(-score(asked.histories.of(block)), axis=1, kind="stable")[:, :DEPTH]
        for block in tqdm(blocks(asked.n_subjects), desc=name, leave=False)
    ]
    return np.concatenate(found)


def blocks(n: int) -> list[I64]:
    """Cut so many subjects into blocks."""
    return [np.arange(start, min(start + BLOCK, n)) for start in range(0, n, BLOCK)]


@dataclass(frozen=True)
class Figure:
    """A mean and its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return it as it is printed."""
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"


def figure(samples: Sequence[F64], seed: int, resamples: int = 1000) -> Figure:
    """Return the mean of the samples' means; the bootstrap draws samples, then subjects in each.

    Parameters
    ----------
    samples
        One float64 (subjects,) a fold; of one fold alone the subjects are drawn.
    """
    rng = np.random.default_rng(seed)
    # Means of every fold resampled, more than enough of each to be drawn from.
    means = np.stack([_means(sample, resamples, rng) for sample in samples])
    drawn = rng.integers(0, len(samples), (len(samples), resamples))
    low, high = np.quantile(means[drawn, np.arange(resamples)].mean(axis=0), (0.025, 0.975))
    return Figure(float(np.mean([s.mean() for s in samples])), float(low), float(high))


def _means(sample: F64, resamples: int, rng: np.random.Generator) -> F64:
    draws = (sample[rng.integers(0, sample.size, sample.size)].mean() for _ in range(resamples))
    return np.fromiter(draws, dtype=np.float64, count=resamples)


def line(name: str, folds: Sequence[Measured], seed: int) -> str:
    """Return one line of the table."""
    recall = figure([fold.recall for fold in folds], seed)
    ndcg = figure([fold.ndcg for fold in folds], seed)
    return f"{name:26} {recall!s:26} {ndcg!s:26}"


HEAD: Final = f"{'':26} {'recall@10':26} {'NDCG@10':26}"
