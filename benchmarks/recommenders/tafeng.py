"""Ta-Feng: the next basket of users never learned from.

    python -m benchmarks.recommenders.tafeng --data FOLDER [--ranker] [--ablation] [--validation]

``FOLDER`` holds ``baskets.parquet`` (user, basket, item), the 13,858 users and 11,997 items that
"A Next Basket Recommendation Reality Check" (Li et al., TOIS 2023) prepared. The choices:

- the target is each user's last basket, as in its ``future`` file; everything before is history.
  An item that a basket lists twice counts once. There are no times: age is counted in baskets;
- five folds, each a draw of its own: users permuted by ``numpy.random.default_rng(fold)``, 72 %
  to train, 8 % to validate, 20 % to test. The published code splits 72/8/20 too, without a seed.
  Test users of two folds overlap, as they do there;
- training users' histories are all that statistics and models are fitted on, their last baskets
  the labels of the ranker. A test user gives a history to be scored and nothing else;
- settings were chosen on the validation users of fold 0 (``--validation`` measures them);
- recall and NDCG as in ``baskets``: the ideal is over the whole target basket.

Intervals: 1,000 bootstrap draws of folds, then of users within each.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks.recommenders.baskets import HEAD, Asked, Measured, best, line, measure
from benchmarks.recommenders.baskets_family import FAMILY, baselines, fit_family
from benchmarks.recommenders.baskets_ranker import (
    CONFIG,
    GROUPS,
    Known,
    Rows,
    fit,
    fit_models,
    know,
    rows_of,
    slates,
)
from decisioning.recommender.histories import Histories
from training.recommender.models.upcf import UpCfConfig, fit_upcf

I64 = NDArray[np.int64]

FOLDS, SEED = 5, 7
OURS: Final = {
    **FAMILY,
    "UP-CF@r": lambda histories: fit_upcf(histories, UpCfConfig(asymmetry=0.25, locality=1.0)),
}
SHARES: Final = (0.72, 0.80)


def read(path: Path) -> Asked:
    """Read every user's history and last basket; users and items numbered in their order."""
    frame = pd.read_parquet(path).drop_duplicates().sort_values(["user", "basket", "item"])
    user = np.unique(frame["user"], return_inverse=True)[1].astype(np.int64)
    item = np.unique(frame["item"], return_inverse=True)[1].astype(np.int64)
    basket = frame["basket"].to_numpy(np.int64)
    n_items = int(item.max()) + 1
    target = np.zeros(int(user.max()) + 1, dtype=np.int64)
    np.maximum.at(target, user, basket)
    past = basket < target[user]
    pointer = np.r_[0, np.cumsum(np.bincount(user[past], minlength=target.size))]
    histories = Histories(
        pointer=pointer.astype(np.int64),
        item=item[past],
        age=(target[user] - basket)[past].astype(np.float32),
        basket=basket[past],
        weight=np.ones(int(past.sum()), dtype=np.float32),
        n_items=n_items,
    )
    return Asked(histories, np.sort(user[~past] * n_items + item[~past]))


def split(n: int, fold: int) -> tuple[I64, I64, I64]:
    """Split users to train, to validate and to test, each int64, ascending."""
    order = np.random.default_rng(fold).permutation(n)
    first, second = (int(share * n) for share in SHARES)
    return np.sort(order[:first]), np.sort(order[first:second]), np.sort(order[second:])


@dataclass(frozen=True)
class Wanted:
    """What is to be measured: models alone, the ranker without each group; on whom."""

    alone: bool
    ablation: bool
    validation: bool


def run(everybody: Asked, fold: int, wanted: Wanted) -> dict[str, Measured]:
    """Measure one fold; the ranker always."""
    train, validate, test = split(everybody.n_subjects, fold)
    learn, asked = everybody.of(train), everybody.of(validate if wanted.validation else test)
    models = (fit_family if wanted.alone else fit_models)(learn.histories, OURS)
    alone = baselines(learn.histories) | {name: model.score for name, model in models.items()}
    alone = alone if wanted.alone else {}
    found = {name: measure(best(score, asked, name), asked) for name, score in alone.items()}
    known = know(learn.histories, models)
    rows = rows_of(known, learn, sample=CONFIG.negatives, seed=fold)
    return found | _ranked(known, (rows, learn), asked, GROUPS if wanted.ablation else {})


def _ranked(
    known: Known,
    learned: tuple[Rows, Asked],
    asked: Asked,
    groups: Mapping[str, Sequence[str]],
) -> dict[str, Measured]:
    told = rows_of(known, asked)
    found = {}
    for name, dropped in ({"ranker": ()} | {f"without {g}": n for g, n in groups.items()}).items():
        booster = fit([learned], dropped)
        found[name] = measure(slates(booster, told, asked.n_subjects, dropped), asked)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder of baskets.parquet")
    parser.add_argument("--ranker", action="store_true", help="the ranker, nothing beside it")
    parser.add_argument("--ablation", action="store_true", help="the ranker without each group")
    parser.add_argument("--validation", action="store_true", help="the users to choose by")
    parser.add_argument("--folds", type=int, default=FOLDS)
    options = parser.parse_args()
    everybody = read(options.data / "baskets.parquet")
    wanted = Wanted(not (options.ranker or options.ablation), options.ablation, options.validation)
    folds = [run(everybody, fold, wanted) for fold in tqdm(range(options.folds), desc="folds")]
    print(HEAD)
    for name in folds[0]:
        print(line(name, [fold[name] for fold in folds], SEED))


if __name__ == "__main__":
    main()
