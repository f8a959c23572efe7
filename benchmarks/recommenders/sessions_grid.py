"""The baselines of the session table: their settings, and how those were searched for.

From each method's usual setting, one parameter after another is set to the value that does best
on validation, twice over: once for recall@20, once for MRR@20.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from benchmarks.recommenders.sessions_data import Slates, measure, sample_of, slates_of
from decisioning.recommender.histories import Histories
from training.recommender.models.session_knn import (
    S_KNN,
    STAN,
    VS_KNN,
    SessionKnnConfig,
    fit_session_knn,
)
from training.recommender.models.transitions import TransitionsConfig, fit_transitions
from training.recommender.sessions.ranker import Prefixes

Config = TransitionsConfig | SessionKnnConfig

VALIDATED: Final = 3_000
ROUNDS: Final = 2
_INDEX: Final = {"sample": (250, 500, 1000, 2500, 5000), "neighbours": (50, 100, 200, 500, 1000)}

METHODS: Final[dict[str, tuple[Config, Mapping[str, tuple[Any, ...]]]]] = {
    "transitions": (
        TransitionsConfig(half_life=2.0),
        {
            "window": (1, 3, 10, 20),
            "step_decay": (0.5, 0.7, 0.9, 1.0),
            "half_life": (0.3, 1.0, 2.0, 4.0, 8.0),
            "session_half_life": (0.0, 0.25, 0.5, 1.0),
            "shrink": (0.0, 5.0, 20.0),
            "popularity_power": (0.0, 0.1, 0.3),
        },
    ),
    "S-KNN": (S_KNN, _INDEX),
    "VS-KNN": (
        VS_KNN,
        {
            **_INDEX,
            "position": ("same", "linear", "quadratic", "reciprocal"),
            "match": ("same", "linear", "quadratic", "reciprocal"),
            "rarity": (0.0, 1.0),
            "item_rarity": (0.0, 0.5, 1.0),
            "depth": (5, 10, 20),
        },
    ),
    "STAN": (
        STAN,
        {
            **_INDEX,
            "position_scale": (0.5, 1.0, 2.0, 4.0, 8.0),
            "session_half_life": (0.0, 0.1, 0.3, 1.0),
            "step_scale": (0.0, 1.0, 3.0, 6.0),
        },
    ),
}
"""Each method's usual setting, and the values tried."""

_RARE: Final = replace(VS_KNN, sample=500, depth=5, position="same", rarity=1.0)
_CHAIN: Final = TransitionsConfig(half_life=2.0, session_half_life=1.0, shrink=20.0)
_NEAR: Final = replace(STAN, neighbours=500, position_scale=2.0)
CHOSEN: Final[dict[str, Config]] = {
    "transitions, by recall": replace(_CHAIN, window=20, step_decay=0.7, popularity_power=0.1),
    "transitions, by MRR": replace(_CHAIN, window=3, step_decay=0.9, popularity_power=0.3),
    "S-KNN, by recall": replace(S_KNN, sample=250, neighbours=100),
    "S-KNN, by MRR": replace(S_KNN, sample=500, neighbours=100),
    "VS-KNN, by recall": replace(_RARE, neighbours=200, match="linear", item_rarity=0.5),
    "VS-KNN, by MRR": replace(_RARE, neighbours=500, match="reciprocal", item_rarity=1.0),
    "STAN, by recall": replace(_NEAR, sample=500, session_half_life=0.0, step_scale=6.0),
    "STAN, by MRR": replace(_NEAR, sample=1000, neighbours=1000, position_scale=1.0),
}
"""What the search found."""


def slates_of_method(sessions: Histories, config: Config) -> Slates:
    """Fit a method and return its slates."""
    if isinstance(config, TransitionsConfig):
        return slates_of(fit_transitions(sessions, config).sparse_scores)
    return slates_of(fit_session_knn(sessions, config).sparse_scores)


def tune(sessions: Histories, prefixes: Prefixes, seed: int) -> Iterator[str]:
    """Search every grid; yield what does best, by method and metric."""
    drawn = sample_of(prefixes, VALIDATED, seed)
    for name, (start, grid) in METHODS.items():
        known: dict[Config, tuple[float, float]] = {}
        for metric, label in enumerate(("recall@20", "MRR@20")):
            best = start
            for parameter, values in [*grid.items()] * ROUNDS:
                tried = [replace(best, **{parameter: value}) for value in values]
                for config in tried:
                    if config not in known:
                        known[config] = measure(slates_of_method(sessions, config), drawn).means
                best = max([best, *tried], key=lambda config: known[config][metric])
            recall, mrr = known[best]
            yield f"{name}, by {label}: {recall:.4f} {mrr:.4f} {best}"
