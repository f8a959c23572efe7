"""RetailRocket sessions: the next click, from the clicks before it.

    python -m benchmarks.recommenders.sessions --data FOLDER

The protocol, and every choice made:

- The folder's own split (train_sessions.parquet, test.parquet): 126,168 train sessions in order,
  without times; 15,132 test prefixes of two clicks or more, each with the next click as its
  target. Every item is of the train sessions.
- Every item is ranked, the clicked ones too: 38 % of the targets are in their prefix.
- Recall@20: the share of targets among the first 20. MRR@20: the mean of 1 / rank, 0 beyond 20.
  Equal scores go to the lower item number; what scores 0 is not named.
- Settings are chosen on the last 5,000 train sessions, cut into prefixes as the test is, with
  items that no earlier session knows taken out (the test has none); ``--tune`` searches again,
  each baseline on its own grid over 3,000 of those prefixes, for recall and for MRR apart. A
  baseline stands in the table twice where the two disagree. The test decides nothing.
- STAN is reported and no peer of the bar, which is against transitions, S-KNN and VS-KNN: of
  each metric the one that does best on the test itself, so that tuning cannot flatter us.
- The ranker learns from the last twentieth of train, with models of the sessions before it; for
  the test, the models are fitted again on all of train.
- Intervals: bootstrap, 1,000 draws of whole test sessions, as prefixes of one session are not
  independent. A session is read from the file: rows that differ by one click.
"""

import argparse
import statistics
import time
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.recommenders.sessions_data import (
    DEPTH,
    FEWEST,
    Ranks,
    Slates,
    gain_interval,
    held_out,
    interval,
    measure,
    read_sessions,
    sessions_behind,
)
from benchmarks.recommenders.sessions_grid import CHOSEN, slates_of_method, tune
from bundle.models import TreeModel
from decisioning.recommender.histories import Histories
from decisioning.recommender.sessions.model import SessionModel
from decisioning.recommender.sessions.slates import SessionRanker, blend, session_slates
from nextbest.terminal import say
from training.recommender.sessions.fit import SessionConfig, fit_sessions
from training.recommender.sessions.ranker import (
    Prefixes,
    SessionRankerConfig,
    fit_session_ranker,
)

SEED: Final = 11
VALIDATION: Final = 5_000
BAR: Final = 0.05
BASELINES: Final = ("transitions", "S-KNN", "VS-KNN")
"""What the bar is against; STAN is reported beside them."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the two files")
    parser.add_argument("--tune", action="store_true", help="search the grids again, print, stop")
    asked = parser.parse_args()
    if not (asked.data / "test.parquet").exists():
        say(f"skipped: {asked.data} has no test.parquet")
        return
    train, test = read_sessions(asked.data)
    if asked.tune:
        first = train.n_subjects - VALIDATION
        for line in tune(
            train.of(np.arange(first)), held_out(train, first, train.n_subjects), SEED
        ):
            say(line)
        return
    _table(train, test)


def _table(train: Histories, test: Prefixes) -> None:
    session = sessions_behind(test)
    say(
        f"{train.n_subjects:,} sessions, {train.item.size:,} clicks, {train.n_items - 1:,} items; "
        f"{test.target.size:,} prefixes of {session.max() + 1:,} test sessions"
    )
    say(f"{'':28}{'recall@20':>10}{'95 % interval':>18}{'MRR@20':>10}{'95 % interval':>18}")
    baselines = {}
    for name, config in CHOSEN.items():
        ranks = measure(slates_of_method(train, config), test, name)
        baselines[name] = ranks
        _row(name, ranks, session)
    model, ranker = _ours(train)
    for name, order in (("blend", blend), ("ranker", ranker)):
        ranks = measure(ranked(model, order), test, name)
        _row(name, ranks, session)
        _against(ranks, baselines, session)
    say()
    _latency(model, ranker, test)


def _ours(train: Histories) -> tuple[SessionModel, TreeModel]:
    began = time.perf_counter()
    ranker = fit_session_ranker(train, SessionConfig(), SessionRankerConfig(fewest=FEWEST))
    if ranker is None:
        raise SystemExit("sessions: the last sessions hold too few next clicks to learn from")
    learned = time.perf_counter() - began
    model = fit_sessions(train, SessionConfig())
    say(
        f"  ranker learned in {learned:.0f} s, models of all train sessions fitted in "
        f"{time.perf_counter() - began - learned:.1f} s"
    )
    return model, ranker


def ranked(model: SessionModel, ranker: SessionRanker) -> Slates:
    """Return the slates that are served, everything allowed."""
    allowed = np.ones((1, model.n_items), dtype=np.bool_)
    return lambda told: session_slates(model, told, allowed, DEPTH, ranker).item


def _row(name: str, ranks: Ranks, session: np.ndarray) -> None:
    cells = []
    for values in (ranks.recall, ranks.reciprocal):
        low, high = interval(values, session, SEED)
        cells.append(f"{values.mean():>10.4f}   {low:.4f} to {high:.4f}")
    say(f"{name:28}{''.join(cells)}")


def _against(mine: Ranks, theirs: dict[str, Ranks], session: np.ndarray) -> None:
    """Compare with the best baseline of each metric, as found on the test: the hardest peer."""
    peers = [ranks for name, ranks in theirs.items() if name.split(",")[0] in BASELINES]
    for metric in ("recall", "reciprocal"):
        ours = getattr(mine, metric)
        best = max((getattr(peer, metric) for peer in peers), key=lambda values: values.mean())
        low, high = gain_interval(ours, best, session, SEED)
        gain = ours.mean() / best.mean() - 1
        word = "met" if gain >= BAR else "missed"
        say(
            f"  {metric:12}{gain:+.1%} ({low:+.1%} to {high:+.1%}) on the best baseline; "
            f"bar {BAR:+.0%} {word}"
        )


def _latency(model: SessionModel, ranker: SessionRanker, test: Prefixes) -> None:
    """Time one prefix at a time, warm, and say what the models hold."""
    allowed = np.ones((1, model.n_items), dtype=np.bool_)
    asked = np.random.default_rng(SEED).permutation(test.target.size)[:1_100]
    for name, order in (("blend", blend), ("ranker", ranker)):
        taken = []
        for row in asked:
            told = test.histories.of(np.array([row]))
            began = time.perf_counter()
            session_slates(model, told, allowed, DEPTH, order)
            taken.append(1e3 * (time.perf_counter() - began))
        cuts = statistics.quantiles(taken[100:], n=100)
        p50, p90, p99 = (cuts[k] for k in (49, 89, 98))
        say(
            f"one session, {name}: p50 {p50:.2f} ms, p90 {p90:.2f} ms, p99 {p99:.2f} ms, one thread"
        )
    say("  Serenade (Kersbergen et al. 2022): p90 under 7 ms end to end, other machine and data")
    say("memory: " + ", ".join(f"{name} {held / 1e6:.1f} MB" for name, held in _memory(model)))


def _memory(model: SessionModel) -> list[tuple[str, int]]:
    """Return the bytes of each part's arrays."""
    return [(name, held_bytes(part)) for name, part in vars(model).items()]


def held_bytes(part: object) -> int:
    """Add up the bytes of a part's arrays."""
    total = 0
    for value in vars(part).values():
        arrays = [value] if isinstance(value, np.ndarray) else []
        if hasattr(value, "indptr"):
            arrays = [value.data, value.indices, value.indptr]
        total += sum(array.nbytes for array in arrays)
    return total


if __name__ == "__main__":
    main()
