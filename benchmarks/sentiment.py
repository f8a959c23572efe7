"""How well sentiment is read: reviews scored by a model that never saw them.

Five stratified parts with a fixed seed; each part is scored by a model learned on the other four
(vocabulary, weights, calibration and all), from title and text alone. Reported: ROC-AUC, Brier
score and expected calibration error with 95 % bootstrap intervals, against the base rate.

    python -m benchmarks.sentiment --data reviews.parquet --plot calibration.png

The file has the columns ``Title``, ``Review Text`` and ``Recommended IND`` (the public "Women's
E-Commerce Clothing Reviews").
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold
from tqdm import tqdm

from training.experience.comments import Reading, read
from training.experience.learning import learn_sentiment
from training.experience.sentiment import score
from training.models.metrics import measure
from training.plots import calibration_plot

SEED, PARTS = 20_261, 5
TITLE, TEXT, GOOD = "Title", "Review Text", "Recommended IND"

Floats = NDArray[np.float64]


def load(path: Path) -> tuple[list[Reading], Floats]:
    """Return the reviews (a title is the first line) and whether each recommends."""
    frame = pd.read_parquet(path, columns=[TITLE, TEXT, GOOD])
    told = frame[[TITLE, TEXT]].fillna("")
    readings = [read(f"{title}\n{text}") for title, text in told.itertuples(index=False)]
    return readings, frame[GOOD].to_numpy(np.float64)


def out_of_fold(readings: list[Reading], y: Floats, seed: int) -> Floats:
    """Return P(good) of each review by a model that did not see it; NaN where nothing is told."""
    p = np.full(y.size, np.nan)
    parts = StratifiedKFold(PARTS, shuffle=True, random_state=seed)
    for fitted, left in tqdm(list(parts.split(y, y)), unit="part"):
        learned = learn_sentiment([readings[k] for k in fitted], y[fitted] == 1)
        if learned.model is None:
            raise SystemExit(f"Nothing was learned: {learned.reason}.")
        p[left] = score(learned.model, [readings[k] for k in left])
    return p


def report(name: str, y: Floats, p: Floats) -> None:
    """Print the figures of some reviews."""
    figures = measure(y, p, SEED, resamples=1_000)
    base = float(y.mean() * (1 - y.mean()))
    print(f"{name}: n={y.size}, good {y.mean():.3f}, Brier of the base rate {base:.4f}")
    for measured, e in figures.items():
        print(f"  {measured:6s} {e.value:.4f} [{e.low:.4f}, {e.high:.4f}]")


def main() -> None:
    """Measure, print, and draw when asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="reviews, Parquet")
    parser.add_argument("--plot", type=Path, help="PNG of the calibration")
    parser.add_argument("--seed", type=int, default=SEED, help="of the parts")
    asked = parser.parse_args()
    began = time.process_time()
    readings, y = load(asked.data)
    p = out_of_fold(readings, y, asked.seed)
    spent = time.process_time() - began
    told = ~np.isnan(p)
    report("Reviews with words", y[told], p[told])
    # What says nothing can only be given the rate of the others.
    report("All reviews, silent ones at the base rate", y, np.where(told, p, y[told].mean()))
    print(f"{spent:.0f} s of CPU")
    if asked.plot:
        calibration_plot(y[told], p[told], "P(recommends) from title and text").savefig(asked.plot)


if __name__ == "__main__":
    main()
