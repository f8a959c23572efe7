"""What each group of the ranker's features is worth on Complete Journey.

    python -m benchmarks.recommenders.ablation --home HOME

The protocol is the main job's (``scorers``), December 2017 asked. The ranker is fitted anew
without the features of one group (0 for every pair); candidates stay what they are, so the group
``models`` loses its opinions and not what it found. Differences are paired by customer.
"""

from pathlib import Path

import click
import numpy as np
from tqdm import tqdm

from decisioning.policy import DAY
from decisioning.recommender.pairs import GROUPS
from features.tables import open_tables
from nextbest.terminal import say
from training.config import TrainingConfig
from training.evaluate import PROTOCOL_CUT
from training.models.metrics import mean_estimate
from training.recommender.fit import fit_state
from training.recommender.interactions import load_interactions
from training.recommender.trials import Bench, make_bench

DAYS = 31
GOALS = ("any", "discover")
SEED = 7


@click.command()
@click.option("--home", type=click.Path(path_type=Path), required=True, help="An ingested home.")
@click.option("--customers", type=int, default=2500, help="Customers measured, at most.")
def main(home: Path, customers: int) -> None:
    """Print NDCG@10 with all features, and what is lost without each group."""
    if not (home / "tables").is_dir():
        say(f"skipped: {home / 'tables'} is not there.")
        return
    bench = prepare(home, customers)
    whole = {goal: bench.ndcg(goal) for goal in GOALS}
    say("| features | " + " | ".join(GOALS) + " |")
    say("|---" * (len(GOALS) + 1) + "|")
    say("| all | " + " | ".join(f"{whole[goal].mean():.4f}" for goal in GOALS) + " |")
    for group in tqdm(GROUPS, desc="groups"):
        cells = []
        for goal in GOALS:
            lost = mean_estimate(bench.ndcg(goal, group.features) - whole[goal], SEED)
            cells.append(f"{lost.value:+.4f} [{lost.low:+.4f}, {lost.high:+.4f}]")
        say(f"| without {group.name} | {' | '.join(cells)} |")
    say("| customers | " + " | ".join(str(np.size(whole[goal])) for goal in GOALS) + " |")


def prepare(home: Path, customers: int) -> Bench:
    """Fit the states and make the rows."""
    config, cut = TrainingConfig(), PROTOCOL_CUT
    interactions = load_interactions(open_tables(home / "tables"), cut, honour_consents=False)
    teaching = cut - config.ranker.label_days * DAY
    states = [fit_state(interactions, moment, config.family) for moment in (teaching, cut)]
    windows = ((teaching, cut), (cut, cut + DAYS * DAY))
    return make_bench(interactions, states, windows, config.ranker, customers, SEED)


if __name__ == "__main__":
    main()
