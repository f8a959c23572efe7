"""The LightGBM settings that every ranker shares."""

from typing import Any, Protocol


class Leaves(Protocol):
    """What a ranker chooses of its trees."""

    @property
    def leaves(self) -> int:
        """Leaves of a tree."""
        ...

    @property
    def learning_rate(self) -> float:
        """Shrinkage of each tree."""
        ...

    @property
    def min_leaf(self) -> int:
        """Rows in a leaf at least."""
        ...


def binary_parameters(trees: Leaves, seed: int, threads: int) -> dict[str, Any]:
    """Return LightGBM's parameters for a ranker of pairs: binary, which ties with LambdaRank."""
    return {
        "objective": "binary",
        "num_leaves": trees.leaves,
        "learning_rate": trees.learning_rate,
        "min_data_in_leaf": trees.min_leaf,
        "feature_fraction": 0.7,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 5.0,
        "max_bin": 127,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": threads,
        "verbosity": -1,
    }
