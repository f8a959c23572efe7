"""Trees out of LightGBM's text, as arrays."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
Floats = NDArray[np.float64]

AS_ZERO: Final = 0
"""A missing value is read as 0."""
TO_LEFT: Final = 1
TO_RIGHT: Final = 2


@dataclass(frozen=True)
class Tree:
    """One tree of tests ``value <= threshold``, with yes on the left.

    Parameters
    ----------
    feature, threshold
        int64 and float64 (tests,).
    missing
        int64 (tests,): where a missing value goes, `AS_ZERO`, `TO_LEFT` or `TO_RIGHT`.
    cleared
        Python integers, one a test: bits of the leaves on its left, the leftmost leaf bit 0.
    order
        int64 (leaves,): how many leaves stand left of each.
    leaf_value
        float64 (leaves,).
    """

    feature: I64
    threshold: Floats
    missing: I64
    cleared: tuple[int, ...]
    order: I64
    leaf_value: Floats


@dataclass(frozen=True)
class Forest:
    """Trees in order, and the steepness of the logistic function after their sum; 0 for none."""

    trees: tuple[Tree, ...]
    sigmoid: float


def read_trees(text: str) -> Forest | None:
    """Read a model.

    None where it tests categories, takes zeros for missing, has linear leaves, averages, or has an
    objective other than ``binary``, ``lambdarank`` and plain regression.
    """
    head, *parts = text.split("\nend of trees")[0].split("\nTree=")
    sigmoid = _sigmoid(head)
    if sigmoid is None or "\naverage_output" in head or "\nnum_tree_per_iteration=1\n" not in head:
        return None
    trees = []
    for part in parts:
        held = dict(line.split("=", 1) for line in part.splitlines() if "=" in line)
        if int(held["num_cat"]) or int(held.get("is_linear", 0)):
            return None
        # What is left of a test's kind tells of categories, and of zeros that are missing values.
        if np.any(_numbers(held, "decision_type").astype(np.int64) & ~(_DEFAULT_LEFT | _NAN)):
            return None
        trees.append(_tree(held))
    return Forest(tuple(trees), sigmoid)


_DEFAULT_LEFT: Final = 2
_NAN: Final = 8


def _sigmoid(head: str) -> float | None:
    told = [line for line in head.splitlines() if line.startswith("objective=")]
    words = told[0].removeprefix("objective=").split() if told else [""]
    if words[0] == "binary":
        return float(words[1].removeprefix("sigmoid:"))
    return 0.0 if words in (["lambdarank"], ["regression"]) else None


def _tree(held: dict[str, str]) -> Tree:
    left, right = (_numbers(held, f"{side}_child").astype(np.int64) for side in ("left", "right"))
    n_leaves = int(held["num_leaves"])
    order = np.zeros(n_leaves, dtype=np.int64)
    cleared = [0] * left.size
    _walk(left.tolist(), right.tolist(), order, cleared)
    kind = _numbers(held, "decision_type").astype(np.int64)
    apart = np.where(kind & _DEFAULT_LEFT, TO_LEFT, TO_RIGHT)
    return Tree(
        feature=_numbers(held, "split_feature").astype(np.int64),
        threshold=_numbers(held, "threshold"),
        missing=np.where(kind & _NAN, apart, AS_ZERO),
        cleared=tuple(cleared),
        order=order,
        leaf_value=_numbers(held, "leaf_value"),
    )


def _walk(left: list[int], right: list[int], order: I64, cleared: list[int]) -> None:
    """Count the leaves from left to right, and mark those on the left of every test.

    A child below 0 is the leaf ``~child``.
    """
    seen = 0
    todo = [(0, False)] if left else []
    begun: dict[int, int] = {}
    while todo:
        node, left_done = todo.pop()
        if node < 0:
            order[~node] = seen
            seen += 1
        elif left_done:
            cleared[node] = (1 << seen) - (1 << begun[node])
        else:
            begun[node] = seen
            todo += [(right[node], False), (node, True), (left[node], False)]


def _numbers(held: dict[str, str], name: str) -> Floats:
    return np.array(held.get(name, "").split(), dtype=np.float64)
