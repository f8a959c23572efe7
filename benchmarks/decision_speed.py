"""How fast the core decides: one customer, and 100,000, each x 50 actions with every gate.

CPU time of this process, medians over rounds in which all cases take turns. Beside it, in the
same turns: the bare NumPy arithmetic of the priorities and the best three of each row, without
a gate, a reason or an arm. One customer starts from columns too, as the block of 100,000 does, and
from records (ids, consents, contacts) up to the row of a decision record; Thompson sampling, 100
replicates a decision, has a smaller block.

    make bench-decisions
"""

import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks.decision_world import ACTIONS, Records, block, catalogue, policy, records, situation
from decisioning.actions import decide_actions
from decisioning.compiled import Catalogue
from decisioning.decisions import ActionDecision, Decisions
from decisioning.policy import Policy
from decisioning.reasons import sentence
from decisioning.scoring import Terms, score

SINGLES, BLOCKS = 400, 5
MANY, FEW, ROWS = 100_000, 5_000, 2_048
MODES = ("none", "thompson")


def bare(terms: Terms, actions: Catalogue) -> NDArray[np.int64]:
    """Work out priorities and the best three from arrays that are there, block by block."""
    m = terms.propensity.shape[0]
    base = np.where(np.isnan(terms.uplift), 0.0, terms.response - terms.uplift)
    weight = terms.context_weight * terms.lever
    best = np.empty((m, 3), dtype=np.int64)
    for start in range(0, m, ROWS):
        part = slice(start, start + ROWS)
        shown = terms.propensity[part]
        gain = (shown - base[part]) * terms.value
        gain -= shown * (terms.prices.discount[part] * actions.price) + actions.cost
        best[part] = np.argsort(-(gain * weight), axis=1)[:, :3]
    return best


def timed(work: Callable[[], object]) -> float:
    """Return the CPU seconds that the work took."""
    began = time.process_time()
    work()
    return time.process_time() - began


def one_customer(actions: Catalogue) -> None:
    """Print medians for one customer, each round a customer of its own."""
    taken: dict[str, list[float]] = {}
    people = [records(1, seed) for seed in range(SINGLES)]
    for told in tqdm(people, leave=False, unit="customer"):
        for name, seconds in single_cases(told, actions).items():
            taken.setdefault(name, []).append(seconds)
    _print("one customer", "ms", {name: 1e3 * statistics.median(t) for name, t in taken.items()})


def single_cases(told: Records, actions: Catalogue) -> dict[str, float]:
    """Return the CPU seconds of every case for one customer."""
    cases = {}
    for mode in MODES:
        rules = policy(mode)
        # A ledger keeps what it counted, so each case has one of its own.
        own = block(told, actions)
        cases[f"{mode}: decision"] = timed(
            partial(decide_actions, own, actions, rules, situation())
        )
        cases[f"{mode}: from records to row"] = timed(partial(_row, told, actions, rules))
        cases[f"{mode}: explained"] = timed(partial(_explained, told, actions, rules))
    laid = block(told, actions)
    terms = score(laid, actions, policy("none"), "email")
    cases["laying out the records"] = timed(lambda: block(told, actions))
    cases["bare arithmetic"] = timed(lambda: bare(terms, actions))
    return cases


def _from_records(told: Records, actions: Catalogue, rules: Policy) -> Decisions:
    return decide_actions(block(told, actions), actions, rules, situation())


def _row(told: Records, actions: Catalogue, rules: Policy) -> ActionDecision:
    return _from_records(told, actions, rules).row(0)


def _explained(told: Records, actions: Catalogue, rules: Policy) -> list[str]:
    """Return the sentence of every candidate, as an answer with ``explain`` does."""
    verdicts = _from_records(told, actions, rules).row(0).verdict
    return [sentence(int(verdict)) for verdict in verdicts]


def many_customers(actions: Catalogue, mode: str, m: int) -> None:
    """Print medians for a block of m customers."""
    laid = block(records(m, 0), actions)
    rules = policy(mode)
    terms = score(laid, actions, rules, "email")
    taken: dict[str, list[float]] = {"decisions": [], "bare arithmetic": []}
    for _ in tqdm(range(BLOCKS), leave=False, unit="round"):
        decide = timed(lambda: decide_actions(laid, actions, rules, situation()))
        taken["decisions"].append(decide)
        taken["bare arithmetic"].append(timed(lambda: bare(terms, actions)))
    medians = {name: statistics.median(t) for name, t in taken.items()}
    _print(f"{m:,} customers, exploration {mode}", "s", medians)
    print(f"  {m / medians['decisions']:,.0f} customers a second")


def _print(title: str, unit: str, medians: dict[str, float]) -> None:
    print(f"{title} x {ACTIONS} actions")
    for name, value in medians.items():
        ratio = value / medians["bare arithmetic"]
        print(f"  {name:32s} {value:12.3f} {unit:3s} {ratio:8.1f} x bare")


def main() -> None:
    """Print the tables."""
    actions = catalogue()
    one_customer(actions)
    many_customers(actions, "none", MANY)
    many_customers(actions, "thompson", FEW)


if __name__ == "__main__":
    main()
