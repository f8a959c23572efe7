"""How well people are told apart and together, on sets whose truth is known, and how fast.

``python -m benchmarks.identity`` prints the table of docs/identity.md.
"""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from benchmarks.identity_records import make_records
from benchmarks.identity_truth import EVENLY, SHARED, Ints, Truth, make_truth
from features.door import prepare
from features.identity import KINDS, read_graph, resolve
from features.identity.arrays import components
from features.identity.graph import NODES
from features.identity.matching import match_records
from features.links import lay_links

AS_OF = 10**7


@dataclass(frozen=True)
class Score:
    """Pairs of names that are one person: found rightly, found, and to be found."""

    right: int
    found: int
    true: int

    @property
    def precision(self) -> float:
        """Share of the joined pairs that are one person."""
        return self.right / max(self.found, 1)

    @property
    def recall(self) -> float:
        """Share of the pairs that are one person which were joined."""
        return self.right / max(self.true, 1)


def open_truth(truth: Truth) -> DuckDBPyConnection:
    """Put the rows of a set into canonical tables."""
    con = duckdb.connect()
    prepare(con)
    columns = ", ".join(truth.rows.columns)
    con.register("given", truth.rows)
    con.execute(f"insert into identifiers ({columns}) select {columns} from given")
    con.unregister("given")
    return con


def score_pairs(person: Ints, group: Ints) -> Score:
    """Compare pairs of names: same ``person`` in truth, same ``group`` found (-1 joins nothing)."""
    joined = group >= 0
    both = pd.DataFrame({"person": person, "group": group})
    right = both[joined].value_counts().to_numpy()
    return Score(
        _pairs(right),
        _pairs(both.loc[joined, "group"].value_counts().to_numpy()),
        _pairs(both["person"].value_counts().to_numpy()),
    )


def _pairs(sizes: Ints) -> int:
    return int((sizes.astype(np.int64) * (sizes - 1) // 2).sum())


def exact_scores(con: DuckDBPyConnection, truth: Truth) -> dict[str, Score]:
    """Score the exact resolution, and what connected components alone would give.

    ``all`` counts every pair; for a shared identifier the truth is its owner. ``own`` leaves out
    the identifiers that several people use, of which no answer is right.
    """
    graph = read_graph(con)
    kinds, values = zip(
        *con.execute(f"select kind, value from {NODES} order by node").fetchall(), strict=True
    )
    names = [f"{KINDS[kind]}:{value}" for kind, value in zip(kinds, values, strict=True)]
    person = np.array([truth.owner[name] for name in names])
    own = np.array([name not in truth.shared for name in names])
    group = resolve(graph, AS_OF).group
    edges = graph.before(AS_OF)
    plain = components(graph.n, edges.u, edges.v)
    return {
        "exact, all identifiers": score_pairs(person, group),
        "exact, identifiers of one person": score_pairs(person[own], group[own]),
        "plain connected components": score_pairs(person, plain),
    }


def exact_time(con: DuckDBPyConnection) -> tuple[float, float]:
    """Return the seconds, and those of the processor, to lay links and persons for one moment."""
    start, busy = time.perf_counter(), time.process_time()
    lay_links(con, [AS_OF])
    return time.perf_counter() - start, time.process_time() - busy


def fuzzy_score(size: int, seed: int, threshold: float = 0.9) -> tuple[Score, int]:
    """Match two generated files; return the score and how many pairs are left for review."""
    with TemporaryDirectory() as folder:
        records = make_records(Path(folder), size, seed)
        matches = match_records(records.crm, records.loyalty, threshold=threshold)
    found = {(pair.crm_id, pair.loyalty_card) for pair in matches.accepted}
    right = len(found & records.pairs)
    return Score(right, len(found), len(records.pairs)), len(matches.review)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=300_000)
    parser.add_argument("--records", type=int, default=6_000)
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args()
    for what, share in (("", SHARED), ("5 % of every type shared: ", EVENLY)):
        truth = make_truth(options.people, options.seed, share)
        con = open_truth(truth)
        wall, busy = exact_time(con)
        identifiers = sum(not name.startswith("customer:") for name in truth.owner)
        print(
            f"{what}{options.people:,} people, {len(truth.rows):,} links, {identifiers:,}"
            f" identifiers, {len(truth.shared) / identifiers:.1%} of them shared,"
            f" seed {options.seed}; links and persons of one moment in {wall:.1f} s"
            f" ({busy:.1f} s of the processor)"
        )
        for name, score in exact_scores(con, truth).items():
            print(f"  {name:34s} precision {score.precision:.4f}  recall {score.recall:.4f}")
        con.close()
    start = time.perf_counter()
    score, review = fuzzy_score(options.records, options.seed)
    print(
        f"fuzzy, {options.records:,} x {options.records:,} records"
        f"       precision {score.precision:.4f}  recall {score.recall:.4f}"
        f"  for review {review}  {time.perf_counter() - start:.0f} s"
    )


if __name__ == "__main__":
    main()
