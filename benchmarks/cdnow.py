"""CDNOW: purchases of 39 weeks foretold from the 39 weeks before.

    python -m benchmarks.cdnow --data DIR

``DIR`` holds ``CDNOW_sample.txt`` and ``CDNOW_master.txt`` (in the wheel of `lifetimes` 0.11.3,
folder ``lifetimes/datasets``): 2,357 and 23,570 customers who first bought at CDNOW from January to
March 1997. Purchases of one day are one. Calibrating: weeks 1 to 39; held out: weeks 40 to 78.

First come the parameters, to hold against the published ones of the sample: BG/NBD .243, 4.414,
.793, 2.426 (log-likelihood -9582.4), Pareto/NBD .553, 10.578, .606, 11.669 (-9595.0), Gamma-Gamma
6.25, 3.74, 15.44 on the repeat purchases. Then rows of the table:

- `x h / T`, BG/NBD, MBG/NBD, Pareto/NBD: the textbook's forecasts, by maximum likelihood.
- Pareto/NBD, held: with the product's weak prior (`training.models.value.likelihood.Held`).
- total calibrated: times one factor. The calibration period is cut at every week from 13 to 26, the
  rest of it is foretold from each cut, and the factor is the mean, in logarithms, of what came
  against what was foretold. One cut would do less: the ratios differ by a third between
  neighbouring weeks, with the season. A horizon shortened to what went before the cut would do less
  too: within the calibration period itself, what comes exceeds what is foretold the more, the
  longer the lead (printed), and the task's lead is longer still.
- corrected: each customer's rate times a factor by LightGBM, learned on the same windows, their
  totals set right first; the calibrated total stays as it is. The number of trees, none included,
  is the one with the best log score of the counts of weeks 27 to 39, from windows that end by
  week 26.
- least error at that total: whole numbers with the least mean absolute error among those of the
  same total (`decisioning.customers.buy_till_you_die.counts.least_error`): one quantile of each
  customer's distribution. **Not** an expectation: MAE favours it, squared error does not. Its AUC
  is that of the expectation it comes with.

AUC: of buying at all in the held-out weeks. Total: forecast against what came. 95 % intervals:
1,000 bootstrap samples of customers, models kept.
"""

import argparse
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata
from tqdm import tqdm

from benchmarks.cdnow_forecasts import (
    CALIBRATED,
    ORIGINS,
    Forecast,
    Shifted,
    calibrated,
    known_parameters,
    textbook,
)
from benchmarks.cdnow_windows import FILES, cut, read

Floats = NDArray[np.float64]
SAMPLES, SEED = 1000, 7
MEASURES: Final = ("MAE", "RMSE", "r", "AUC", "total")


def measure(y: Floats, said: Forecast) -> Floats:
    """Return `MEASURES` of a forecast, float64 (5,)."""
    off = said.purchases - y
    active = y > 0
    ranks, n = rankdata(said.active), active.sum()
    auc = (ranks[active].sum() - n * (n + 1) / 2) / (n * (y.size - n))
    r = np.corrcoef(y, said.purchases)[0, 1]
    total = said.purchases.sum() / y.sum() - 1
    return np.array([np.abs(off).mean(), np.sqrt((off**2).mean()), r, auc, total])


def interval(y: Floats, said: Forecast, samples: int) -> Floats:
    """Return 2.5 % and 97.5 % of the measures over samples of customers, float64 (2, 5)."""
    rng = np.random.default_rng(SEED)
    drawn = []
    for _ in tqdm(range(samples), unit="sample", leave=False):
        rows = rng.integers(0, y.size, y.size)
        drawn.append(measure(y[rows], Forecast(said.purchases[rows], said.active[rows])))
    return np.asarray(np.quantile(drawn, [0.025, 0.975], axis=0))


def by_lead(log: pd.DataFrame) -> Floats:
    """Return what came against what was foretold in thirds of 26 weeks after week 13, (3,)."""
    known = log[log["day"] < CALIBRATED * 7]
    parts = [Shifted.at(known, ORIGINS[0], end) for end in (22, 30, CALIBRATED)]
    came = np.diff([0.0, *(part.window.y.sum() for part in parts)])
    said = np.diff([0.0, *(part.expected.sum() for part in parts)])
    return np.asarray(came / said)


def report(folder: Path, which: str, samples: int) -> None:
    """Fit, foretell and print one data set's table."""
    log = read(folder, which)
    window = cut(log, CALIBRATED, 2 * CALIBRATED)
    found = calibrated(log, window)
    learned = found.learned
    print(f"\n{which}: {window.y.size:,} customers, {window.y.sum():,.0f} purchases held out")
    for line in known_parameters(log, window):
        print(f"  {line}")
    inside = np.mean((found.low <= window.y) & (window.y <= found.high))
    print(f"  corrected distributions: {inside:.3f} of customers between their 5 % and 95 %")
    ratios = [one.window.y.sum() / one.expected.sum() for one in learned.windows]
    print(f"  totals within the calibration period, came / foretold: {np.round(ratios, 3)}")
    print(f"  from week 13, by thirds of the lead: {np.round(by_lead(log), 3)}")
    print(f"  factor {learned.factor:.3f}; trees {learned.rounds}, by log score "
          + ", ".join(f"{n}: {score:.4f}" for n, score in learned.scores.items()))  # fmt: skip
    print(f"  {'':28s}" + "".join(f"{name:>24s}" for name in MEASURES))
    for name, said in (textbook(window) | found.forecasts).items():
        low, high = interval(window.y, said, samples)
        cells = (
            f"{value:.3f} [{a:.3f}, {b:.3f}]"
            for value, a, b in zip(measure(window.y, said), low, high, strict=True)
        )
        print(f"  {name:28s}" + "".join(f"{cell:>24s}" for cell in cells))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder of CDNOW_*.txt")
    parser.add_argument("--only", choices=tuple(FILES), help="one of the two data sets")
    parser.add_argument("--samples", type=int, default=SAMPLES, help="bootstrap samples")
    asked = parser.parse_args()
    for which in [asked.only] if asked.only else FILES:
        report(asked.data, which, asked.samples)


if __name__ == "__main__":
    main()
