"""The ranker of next baskets: the product's pair features of buying again over the family's scores.

Candidates are the strongest `OWN` items of a subject's own history and the best `EACH` of every
model; features are `decisioning.recommender.pairs.repeat`, every model's score, and what a table
adds of its own; LightGBM has the settings of `training.recommender.ranker.RankerConfig`.

A row weighs 1 / (items of the target basket). What is measured is a mean over subjects of shares of
a basket, so an item that comes alone is worth ten of those that come in tens: with that weight the
probability that is learned is the one whose order is best for the mean recall.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks.recommenders.baskets import DEPTH, Asked, blocks
from benchmarks.recommenders.baskets_family import FAMILY, Fit, fit_family
from decisioning.recommender.histories import Histories
from decisioning.recommender.models.nearest import nearest
from decisioning.recommender.models.repeat_items import RepeatItems
from decisioning.recommender.pairs.repeat import ITEM, PAIR, repeat_columns
from decisioning.recommender.pairs.repeat_subject import SUBJECT
from decisioning.recommender.scorer import Scorer
from training.recommender.models.repeat_items import fit_repeat_items
from training.recommender.ranker import RankerConfig
from training.recommender.tree_settings import binary_parameters

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

OWN: Final = 200
EACH: Final = 60
FREQUENCY: Final = ("repurchase", "TIFU-KNN", "UP-CF@r")
"""Models of what is bought again, whose scores are of one make with the features."""
MODELS: Final = (*FREQUENCY, "RP3beta", "item-kNN (BM25)")
GROUPS: Final[Mapping[str, Sequence[str]]] = {
    "pair": PAIR,
    "item": ITEM,
    "subject": SUBJECT,
    "models": MODELS,
}
CONFIG: Final = RankerConfig(trees=400, learning_rate=0.03, min_leaf=200, threads=1)
COLUMNS: Final = 0.5
"""Share of the features that a tree may use: many say nearly the same."""


@dataclass(frozen=True)
class Known:
    """What the features read: the items' statistics and the fitted models."""

    items: RepeatItems
    models: Mapping[str, Scorer]


@dataclass(frozen=True)
class Context:
    """What a table adds: names of columns, and (subjects' places, rows, items) to the columns.

    ``popular`` gives float32 (k, n_items) of some subjects: what sells just then.
    """

    names: tuple[str, ...]
    columns: Callable[[I64, I64], list[NDArray[np.floating]]]
    popular: Callable[[I64], F32]


@dataclass(frozen=True)
class Rows:
    """Pairs of subject and item, sorted by subject: features float32 (pairs, names)."""

    features: F32
    subject: I64
    item: I64
    names: tuple[str, ...]

    def label(self, asked: Asked) -> NDArray[np.bool_]:
        """Tell which pairs are in the target baskets, bool (pairs,)."""
        return np.isin(self.subject * asked.histories.n_items + self.item, asked.truth)

    def take(self, kept: NDArray[np.bool_]) -> "Rows":
        """Return some of them."""
        return Rows(self.features[kept], self.subject[kept], self.item[kept], self.names)

    def without(self, dropped: Sequence[str]) -> F32:
        """Return the features but those."""
        kept = [place for place, name in enumerate(self.names) if name not in dropped]
        return self.features[:, kept]


def know(histories: Histories, models: Mapping[str, Scorer]) -> Known:
    """Fit what the features read, the models of `MODELS` among those fitted."""
    return Known(fit_repeat_items(histories), {name: models[name] for name in MODELS})


def fit_models(histories: Histories, family: Mapping[str, Fit] = FAMILY) -> dict[str, Scorer]:
    """Fit the models the ranker reads, and no other."""
    return fit_family(histories, {name: family[name] for name in MODELS})


def rows_of(
    known: Known, asked: Asked, context: Context | None = None, sample: float = 1.0, seed: int = 0
) -> Rows:
    """Build the pairs of some subjects.

    Parameters
    ----------
    sample
        Share of the pairs kept that are not in the target basket: 1 to be measured, the share of
        `RankerConfig.negatives` to be learned from.
    """
    rng = np.random.default_rng(seed)
    parts = []
    for block in tqdm(blocks(asked.n_subjects), desc="pairs", leave=False):
        part = _block(known, asked.histories, block, context)
        kept = rng.random(part.subject.size) < sample
        parts.append(part.take(kept | part.label(asked)) if sample < 1 else part)
    return Rows(
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.subject for part in parts]),
        np.concatenate([part.item for part in parts]),
        parts[0].names,
    )


def _block(known: Known, everybody: Histories, block: I64, context: Context | None) -> Rows:
    histories = everybody.of(block)
    scores = {name: model.score(histories) for name, model in known.models.items()}
    popular = context.popular(block) if context else known.items.recent_buyers[None, :]
    open_ = nearest(popular, EACH) | nearest(_positive(scores["repurchase"]), OWN)
    for score in scores.values():
        open_ |= nearest(_positive(score), EACH)
    row, item = np.nonzero(open_)
    columns = repeat_columns(histories, known.items, row, item)
    columns += [score[row, item] for score in scores.values()]
    columns += context.columns(block[row], item) if context else []
    names = (*PAIR, *ITEM, *SUBJECT, *scores, *(context.names if context else ()))
    return Rows(np.stack(columns, axis=1).astype(np.float32), block[row], item, names)


def _positive(score: F32) -> F32:
    return np.where(score > 0, score, np.float32(-np.inf))


def fit(parts: Sequence[tuple[Rows, Asked]], dropped: Sequence[str] = ()) -> lgb.Booster:
    """Fit on rows and what they were asked, without some features."""
    features = np.concatenate([rows.without(dropped) for rows, _ in parts])
    label = np.concatenate([rows.label(asked) for rows, asked in parts]).astype(np.float32)
    weight = np.concatenate([1 / asked.size[rows.subject] for rows, asked in parts])
    data = lgb.Dataset(features, label, weight=weight / weight.mean())
    parameters = binary_parameters(CONFIG, CONFIG.seed, CONFIG.threads)
    return lgb.train(parameters | {"feature_fraction": COLUMNS}, data, CONFIG.trees)


def slates(booster: lgb.Booster, rows: Rows, n: int, dropped: Sequence[str] = ()) -> I64:
    """Return the ten best candidates of each of n subjects, int64 (n, 10)."""
    score = np.asarray(booster.predict(rows.without(dropped), num_threads=CONFIG.threads))
    order = np.lexsort((rows.item, -score, rows.subject))
    start = np.searchsorted(rows.subject[order], np.arange(n))
    return np.asarray(rows.item[order][start[:, None] + np.arange(DEPTH)])
