"""Whom an e-mail changes: uplift learners on Hillstrom's trial, on noise, and where truth is known.

    python -m benchmarks.uplift --data FOLDER
    python -m benchmarks.uplift --data FOLDER --parts null --permutations 20 --null-rows 12000

``FOLDER`` holds ``hillstrom.parquet``: 64,000 customers, each given the men's e-mail, the women's
or none with probability 1/3. Outcome: a visit in the two weeks after. Choices made:

- **trial**: each e-mail against none, so about 42,700 customers; inputs recency, history (dollars),
  mens, womens, newbie, and zip code and channel by level. Nothing was tuned on this file: knots at
  quartiles, priors and settings of trees are those of `training.models.uplift` for any data.
- **cross-fitting**: 10 folds, 2 repetitions, folds by customer; everything that is fitted (layout,
  penalties, what doubly robust scores need) is fitted again on the other nine folds. Figures are
  means over the 20 folds, with 95 % intervals of Nadeau & Bengio (2003). The response model is
  P(visit | contacted), on the same inputs. ``random`` scores by lot.
- **choice**: `training.models.uplift.selection` on the same scores: what nextbest train does.
- **null**: the same, women's trial, after the e-mails were dealt anew (a permutation of who was
  contacted), on a sample of customers, other customers each time. Printed: in how many the verdict
  is "no uplift found".
- **world**: see `benchmarks.uplift_world`; needs no folder.
"""

import argparse
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks.uplift_world import report_world
from training.models.contract import Floats, Rows
from training.models.uplift.fit import UpliftConfig, rank_all
from training.models.uplift.ranking import Figure, OutOfFold
from training.models.uplift.selection import measure_all, select
from training.models.uplift.trial import Trial, as_trial

ARMS: Final = {"women's": "Womens E-Mail", "men's": "Mens E-Mail"}
NONE: Final = "No E-Mail"
PARTS: Final = ("hillstrom", "null", "world")
SEED: Final = 7


def read(folder: Path, arm: str) -> Rows:
    """Read the trial of one e-mail against none."""
    path = folder / "hillstrom.parquet"
    if not path.is_file():
        raise SystemExit(f"skipped: no {path.name} in {folder}")
    frame = pd.read_parquet(path)
    frame = frame[frame["segment"].isin((arm, NONE))].reset_index(drop=True)
    levels = pd.get_dummies(frame[["zip_code", "channel"]])
    x = pd.concat([frame[["recency", "history", "mens", "womens", "newbie"]], levels], axis=1)
    n = len(frame)
    return Rows(
        columns=tuple(x.columns),
        x=x.to_numpy(np.float64),
        y=frame["visit"].to_numpy(np.float64),
        customer=np.arange(n),
        as_of=np.zeros(n, np.int64),
        contacted=(frame["segment"] == arm).to_numpy(),
        probability=np.full(n, 0.5),
    )


def with_random(found: OutOfFold) -> OutOfFold:
    """Lay a ranking by lot before the others."""
    lot = np.random.default_rng(SEED).random(found.part.shape)
    scores: dict[str, Floats] = {"random": lot}
    return replace(found, scores=scores | dict(found.scores))


def report_trial(name: str, trial: Trial, config: UpliftConfig) -> None:
    """Print every learner's figures, and the choice."""
    fits = config.folds * config.repeats * (len(config.learners) + 1)
    with tqdm(total=fits, unit="fit", desc=name) as bar:
        found = rank_all(trial, SEED, config, lambda _: bar.update())
    print(f"\n{name}: {len(trial)} customers, {config.folds} folds x {config.repeats}")
    print(f"  {'':12s}{'Qini':>26s}{'uplift at 30 %':>26s}{'AUUC':>8s}{'tested Qini':>26s}")
    for m in measure_all(with_random(found)):
        print(
            f"  {m.name:12s}{text(m.qini):>26s}{text(m.uplift_at_30):>26s}{m.auuc.value:8.3f}"
            f"{text(m.gain):>26s}"
        )
    chosen = select(found, SEED, config.level, config.ahead_level)
    print(f"  effect on all {text(chosen.average)}\n  verdict: {chosen.verdict}. {chosen.reason}")


def report_null(rows: Rows, config: UpliftConfig, permutations: int, size: int) -> None:
    """Print the verdicts where contacts change nothing."""
    verdicts: Counter[str] = Counter()
    for seed in tqdm(range(permutations), unit="permutation", desc="null"):
        rng = np.random.default_rng((SEED, seed))
        some = rows.take(np.sort(rng.choice(len(rows), min(size, len(rows)), replace=False)))
        if some.contacted is None:
            raise ValueError("rows of no trial")
        trial = as_trial(replace(some, contacted=rng.permutation(some.contacted)))
        found = rank_all(trial, seed, config)
        verdicts[select(found, seed, config.level, config.ahead_level).verdict] += 1
    share = verdicts["none"] / permutations
    print(f"\nnull: {permutations} permutations of {min(size, len(rows))} customers")
    print(f"  no uplift found in {share:.0%}; verdicts {dict(verdicts)}")


def text(figure: Figure) -> str:
    """Write a figure with its interval."""
    return f"{figure.value:.4f} [{figure.low:.4f}, {figure.high:.4f}]"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder of hillstrom.parquet")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--learners", nargs="+", default=list(UpliftConfig().learners))
    parser.add_argument("--permutations", type=int, default=20)
    parser.add_argument("--null-rows", type=int, default=12_000, help="customers a permutation")
    parser.add_argument("--worlds", type=int, default=3, help="seeds of the simulated world")
    asked = parser.parse_args()
    config = UpliftConfig(learners=tuple(asked.learners))
    if "hillstrom" in asked.parts:
        for name, arm in ARMS.items():
            report_trial(name, as_trial(read(asked.data, arm)), config)
    if "null" in asked.parts:
        rows = read(asked.data, ARMS["women's"])
        report_null(rows, config, asked.permutations, asked.null_rows)
    if "world" in asked.parts:
        report_world(config.learners, asked.worlds)


if __name__ == "__main__":
    main()
