"""Beyond accuracy on Complete Journey: what variety costs, and whom slates favour.

    python -m benchmarks.recommenders.beyond --home HOME

HOME is a home of nextbest into which ``nextbest ingest complete_journey`` has read the data. The
protocol is that of docs/evaluation.md; settings are chosen by ``--cut 2017-11-01``.

Choices made. The 100 best of the shipped ranker are re-ordered into slates of 10 by each rule of
`RULES` (``decisioning.recommender.diversity``): calibration towards the customer's shares of
categories, decayed as the ranker's feature is; variety, which is MMR; a cap by category. Categories
are the first two levels of the path. For each rule NDCG@10 with a 95 % bootstrap interval over
customers, diversity within a slate, and the divergence of the slate's categories from the
customer's (KL, Steck's measure, lower is closer). Below, the report of
``training.recommender.beyond`` on the slates without a rule.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks.recommenders.pools import GoalPools, load_pools
from decisioning.recommender.diversity import Diversity, Pool, diversified
from features.tables import open_tables
from nextbest.terminal import say
from training.models.metrics import mean_estimate
from training.recommender.beyond import Beyond, intra_list_diversity, measure_beyond
from training.recommender.measure import DEPTH, ndcg

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Rule = Callable[[Pool], I64]
SEED: Final = 7


def by(rules: Diversity) -> Rule:
    """Return the shipped re-ordering."""
    return lambda pool: diversified(pool, rules, DEPTH)[:DEPTH]


RULES: Final[dict[str, Rule]] = {
    "none": by(Diversity()),
    **{f"calibration {s}": by(Diversity(calibration=s)) for s in (0.05, 0.1, 0.2, 0.3, 0.5)},
    **{f"variety {s}": by(Diversity(variety=s)) for s in (0.02, 0.05, 0.1, 0.2, 0.3)},
    **{f"cap {k}": by(Diversity(category_cap=k)) for k in (5, 3, 2, 1)},
}


@click.command()
@click.option("--home", type=click.Path(path_type=Path), required=True, help="An ingested home.")
@click.option("--cut", type=click.DateTime(["%Y-%m-%d"]), default="2017-12-01")
def main(home: Path, cut: dt.datetime) -> None:
    """Print the trade-off and the report, by goal."""
    if not (home / "tables").is_dir():
        say(f"skipped: {home / 'tables'} is not there.")
        return
    at = int(cut.replace(tzinfo=dt.UTC).timestamp())
    for pools in load_pools(open_tables(home / "tables"), at):
        for line in (*_trade_off(pools), "", *_report(pools)):
            say(line)


def _trade_off(pools: GoalPools) -> Iterator[str]:
    yield f"| {pools.goal} | NDCG@10 | diversity | divergence |"
    yield "|---|---|---|---|"
    for name, rule in RULES.items():
        slates = pools.slates(rule)
        gain = ndcg(slates, pools.customers, pools.relevant, pools.catalogue.purchases.size)
        figure = mean_estimate(gain, SEED)
        varied = intra_list_diversity(slates, pools.catalogue.categories)
        far = divergence(slates, pools).mean()
        cell = f"{figure.value:.4f} [{figure.low:.4f}, {figure.high:.4f}]"
        yield f"| {name} | {cell} | {varied:.3f} | {far:.3f} |"


def divergence(slates: I64, pools: GoalPools) -> F64:
    """KL of each slate's categories from the customer's (Steck 2018), float64 (customers,)."""
    found = []
    for slate, pool in zip(slates, pools.pools, strict=True):
        counts = np.bincount(pools.catalogue.categories[slate[slate >= 0]], None, pool.target.size)
        held = pool.target > 0
        p = pool.target[held] / pool.target.sum()
        q = 0.99 * counts[held] / max(counts.sum(), 1) + 0.01 * p
        found.append((p * np.log(p / q)).sum())
    return np.array(found)


def _report(pools: GoalPools) -> Iterator[str]:
    found: Beyond = measure_beyond(pools.slates(RULES["none"]), pools.catalogue)
    yield (
        f"{pools.goal}: coverage {found.coverage:.3f}, Gini {found.gini:.3f}, "
        f"novelty {found.novelty:.2f} bits, diversity {found.diversity:.3f}"
    )
    yield "| tenth of the items, most bought first | recommended | bought |"
    yield "|---|---|---|"
    shares = zip(found.bias.recommended, found.bias.bought, strict=True)
    for k, (shown, bought) in enumerate(shares, start=1):
        yield f"| {k} | {shown:.1%} | {bought:.1%} |"
    yield ""


if __name__ == "__main__":
    main()
