"""Every customer model that a home's tables carry: how good, how long, why not.

Everybody's rows count (``honour_consents`` is off, for the consents of the demo are simulated).
Each model is tested on the last moment whose outcome window is complete by ``--as-of``; one thread,
one seed. Then the reasons of a few customers, from the likeliest to leave to the least likely.

    python -m benchmarks.customer_models --home HOME      # needs `nextbest ingest complete_journey`
"""

import argparse
import datetime as dt
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bundle.reasons import explain_one
from features.definitions import FEATURES
from features.tables import open_tables
from nextbest.terminal import say
from training.customer_models import fit_customer_models
from training.models.fitting import FittedModel
from training.models.metrics import Estimate
from training.models.tasks import CHURN

SHARES = (0.0, 0.02, 0.1, 0.3, 0.9)
"""Places in the order of the probabilities, whose reasons are printed."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--home", type=Path, required=True, help="NEXTBEST_HOME with tables")
    parser.add_argument("--as-of", type=dt.date.fromisoformat, default=dt.date(2017, 12, 1))
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    if not (asked.home / "tables" / "manifest.json").is_file():
        say(f"skipped: {asked.home} holds no ingested tables (`nextbest ingest complete_journey`)")
        return
    con = open_tables(asked.home / "tables", verify=False)
    con.execute("set threads = 1")
    midnight = dt.datetime.combine(asked.as_of, dt.time(), tzinfo=dt.UTC)
    began = time.process_time()
    fitted = fit_customer_models(
        con, int(midnight.timestamp()), honour_consents=False, seed=asked.seed, progress=True
    )
    say(f"{time.process_time() - began:.0f} s of CPU")
    for row in fitted.table():
        say(
            "  ".join(
                f"{k} {v:.4f}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()
            )
        )
    for name, model in fitted.models.items():
        _beside(name, model)
    for name, reason in fitted.unfitted.items():
        say(f"{name}: {reason}")
    if CHURN in fitted.models:
        _reasons(fitted.models[CHURN])


def _beside(name: str, model: FittedModel) -> None:
    """Print the figures with their intervals, beside the base rate's and the simpler models'."""
    say(f"\n{name}: {_figures(model.metrics)}")
    say(f"  {'days since last purchase' if name == CHURN else 'base rate'}: "
        f"{_figures(model.baseline)}")  # fmt: skip
    for rival, told in model.rivals.items():
        gain = f"; AUC above it {_figure(told.gain)}" if told.gain is not None else ""
        say(f"  {rival}: {_figures(told.metrics)}{gain}")


def _figures(metrics: Mapping[str, Estimate]) -> str:
    return "  ".join(f"{name} {_figure(one)}" for name, one in metrics.items())


def _figure(one: Estimate) -> str:
    return f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"


def _reasons(churn: FittedModel) -> None:
    order = np.argsort(-churn.p, kind="stable")
    unprotected = {feature.name for feature in FEATURES if not feature.protected}
    for share in SHARES:
        k = int(order[int(share * (order.size - 1))])
        say(f"\nchurn {churn.p[k]:.3f} [{churn.low[k]:.3f}, {churn.high[k]:.3f}]")
        row = churn.test.take(np.array([k]))
        beside = {n: float(v) for n, v in zip(row.columns, row.x[0], strict=True)
                  if n in unprotected}  # fmt: skip
        x = row.select(churn.model.columns).x[0]
        for reason in explain_one(churn.model, x, beside=beside):
            say(f"  {reason.effect:+.2f}  {reason.en}  |  {reason.fr}")


if __name__ == "__main__":
    main()
