"""CPU time of 50 conditions over 100,000 customers, as masks and as numbers.

Run ``python -m benchmarks.conditions``. Each condition reads four columns with nulls: two
comparisons, a look for null, and a list of three numbers.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bundle.conditions import parse_condition
from decisioning.conditions import Condition, evaluate, truth

COLUMNS = 30


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--conditions", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    columns = _columns(options.customers)
    conditions = [parse_condition(_text(k), columns) for k in range(options.conditions)]

    def bare() -> None:
        for k in range(options.conditions):
            _ = columns[f"c{k % COLUMNS}"] >= 3

    timed = {
        "masks (truth)": lambda: _all(truth, conditions, columns, options.customers),
        "numbers (evaluate)": lambda: _all(evaluate, conditions, columns, options.customers),
        "one bare NumPy comparison each": bare,
    }
    seconds = _interleaved(timed, options.repeats)
    for name, spent in seconds.items():
        print(f"{name:32s} median {statistics.median(spent):.4f} s, best {min(spent):.4f} s")


def _all(
    function: Callable[..., object],
    conditions: list[Condition],
    columns: dict[str, NDArray[np.float64]],
    m: int,
) -> None:
    for condition in conditions:
        function(condition, columns, m)


def _interleaved(timed: dict[str, Callable[[], None]], repeats: int) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(repeats):
        for name, run in timed.items():
            start = time.process_time()
            run()
            seconds[name].append(time.process_time() - start)
    return seconds


def _columns(m: int) -> dict[str, NDArray[np.float64]]:
    rng = np.random.default_rng(0)
    values = rng.integers(0, 10, size=(COLUMNS, m)).astype(np.float64)
    values[rng.random(values.shape) < 0.2] = np.nan
    return {f"c{k}": values[k] for k in range(COLUMNS)}


def _text(k: int) -> str:
    a, b, c, d = (f"c{(k + step) % COLUMNS}" for step in (0, 7, 11, 3))
    return f"{a} >= 3 and ({b} is null or {c} > 5) and {d} in (1, 2, 3)"


if __name__ == "__main__":
    main()
