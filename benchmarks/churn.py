"""Churn on Complete Journey: who buys nothing in the 30 days from 2017-11-01.

Protocol. Everybody's rows count (the consents of the demo are simulated: ``honour_consents`` is
off), at risk is who bought in the 365 days before. Sixteen moments ten days apart train, the last
of them on 2017-09-02; 2017-10-02 calibrates; 2017-11-01 tests. Settings (moments, trees, number of
columns, calibration) were chosen on the moments from 2017-09-02 to 2017-10-02, each tested in the
same way with its own earlier moments (``--validation``). Every figure is of the test rows, one a
customer.

Against it, fitted on the same rows and calibrated on the same later ones:

- ``recency``: days since the last purchase, alone (isotonic);
- ``rfm``: logistic regression on recency, orders and spend of a year, a linear spline of each;
- ``rfm_windows``: the same with orders and spend of 90 days too;
- ``logistic``: logistic regression on all columns.

AUC and Brier score with percentile bootstrap intervals over customers, the gain in AUC paired on
the same resamples (1,000). ECE over ten equal-count bins, its interval reflected, beside what a
perfectly calibrated model would show on as many rows (by chance). Each of ``--seeds`` fits the
trees anew: the table is of the first, the spread of all follows.

    python -m benchmarks.churn --home HOME         # HOME: where `nextbest ingest` put the tables
"""

import argparse
import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from decisioning.policy import DAY
from features.tables import open_tables
from nextbest.terminal import say
from training.models.classifier import LogisticClassifier
from training.models.fitting import RECENCY, FittedModel
from training.models.metrics import Estimate
from training.models.task_fitting import fit_task
from training.models.tasks import CustomerModelsConfig, churn_task
from training.models.views import Views

TEST = dt.date(2017, 11, 1)
VALIDATION = tuple(TEST - dt.timedelta(days=d) for d in (30, 40, 50, 60))
WINDOWS = (RECENCY, "orders_90d", "orders_365d", "spend_90d", "spend_365d")
RIVALS = (
    LogisticClassifier(penalty=1.0, hinges=True, columns=WINDOWS, name="rfm_windows"),
    LogisticClassifier(penalty=300.0, name="logistic"),
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--home", type=Path, required=True, help="NEXTBEST_HOME with tables")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--cut", type=dt.date.fromisoformat, default=TEST, help="test moment")
    parser.add_argument("--validation", action="store_true", help="the four moments before it")
    asked = parser.parse_args()
    tables = asked.home / "tables"
    if not (tables / "manifest.json").is_file():
        say(f"skipped: {asked.home} holds no ingested tables (`nextbest ingest complete_journey`)")
        return
    con = open_tables(tables, verify=False)
    views = Views(con, honour_consents=False)
    cuts = VALIDATION if asked.validation else (asked.cut,)
    runs = [(cut, seed) for cut in cuts for seed in range(asked.seeds)]
    fits = {run: _fit(views, *run) for run in tqdm(runs, desc="churn", unit="fit", disable=None)}
    for cut in cuts:
        _report(cut, [fits[cut, seed] for seed in range(asked.seeds)])


def _fit(views: Views, cut: dt.date, seed: int) -> FittedModel:
    config = CustomerModelsConfig()
    task = churn_task(config)
    task = replace(task, rivals=(*task.rivals, *RIVALS) if seed == 0 else ())
    midnight = dt.datetime.combine(cut, dt.time(), tzinfo=dt.UTC)
    as_of = int(midnight.timestamp()) + task.days * DAY
    return fit_task(views, task, as_of, config, seed)


def _report(cut: dt.date, fits: list[FittedModel]) -> None:
    first = fits[0]
    say(f"\nas of {cut}: {first.y.size:,} customers, {first.y.mean():.3f} bought nothing")
    say(
        f"{'model':14}{'AUC':>24}{'Brier':>8}{'ECE':>24}{'by chance':>11}"
        f"{'the model, more AUC':>28}"
    )
    rows: dict[str, tuple[Mapping[str, Estimate], Estimate | None]]
    rows = {"boosted": (first.metrics, None)}
    rows |= {n: (rival.metrics, rival.gain) for n, rival in first.rivals.items()}
    for name, (metrics, gain) in rows.items():
        say(
            f"{name.replace(RECENCY, 'recency'):14}{_told(metrics['auc']):>24}"
            f"{metrics['brier'].value:>8.4f}{_told(metrics['ece']):>24}"
            f"{metrics['ece_by_chance'].value:>11.4f}{_told(gain) if gain else '':>28}"
        )
    for measure in ("auc", "ece"):
        found = np.array([fit.metrics[measure].value for fit in fits])
        told = ", ".join(f"{value:.4f}" for value in found)
        say(f"{measure} of {found.size} seeds: mean {found.mean():.4f} ({told})")
    say(f"calibration chosen: {', '.join(fit.calibration for fit in fits)}")


def _told(e: Estimate) -> str:
    return f"{e.value:.4f} [{e.low:.4f}, {e.high:.4f}]"


if __name__ == "__main__":
    main()
