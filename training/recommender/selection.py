"""Which models the ranker hears: tried on the last window before the moment, inside a time budget.

Trials differ in the models whose scores the ranker reads. Each learns from the window before the
last and is measured on the last, so no trial sees what it is measured on. Candidates are found
once, by the models named; a further model adds a column to them. Trials learn from a sample of the
customers, with fewer trees: they compare choices, and what is chosen is trained in full.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from decisioning.policy import DAY
from decisioning.recommender.candidates import SEARCHED
from decisioning.recommender.family import FAMILY
from decisioning.recommender.state import RecommenderState
from training.recommender.budget import Budget, Clock, Watch
from training.recommender.choice import Names, Selection, Trial
from training.recommender.family import FamilyConfig, fit_family
from training.recommender.fit import fit_state, learned_of
from training.recommender.interactions import Interactions
from training.recommender.ranker import RankerConfig, TreesConfig
from training.recommender.ticks import OutOfTimeError
from training.recommender.trials import Bench, make_bench

GOALS: Final = ("any", "discover")
"""``replenish`` is served by the ranker of ``any``."""
TREES: Final = 60
"""Of a trial's rankers, at most."""
EFFORT: Final[Mapping[str, float]] = {
    "ials": 2.5,
    "item_knn": 3.2,
    "ease": 4.4,
    "ease_recent": 2.8,
    "rp3beta": 10.7,
    "gfcf": 13.3,
    "tifu": 0.1,
    "upcf": 0.1,
    "repurchase": 0.1,
    "content": 10.0,
    "popular": 0.1,
}
"""Seconds of a fit on Complete Journey: what a model costs beside others is much alike anywhere."""


def select_models(
    interactions: Interactions,
    as_of: int,
    family: FamilyConfig,
    ranker: RankerConfig,
    budget: Budget,
) -> Selection:
    """Try the models named, then without one of them and with one more; add up what helps.

    The least costly change is tried first. Then what gained is put together, the largest gain
    first. A change is kept where its gain is worth it, and beyond chance. What the time did not
    allow is told.
    """
    window = ranker.label_days * DAY
    # The ranker's recipe may be of several cuts; the choice is made on one.
    moments = (as_of - 2 * window, as_of - window)
    fits = _Fits.of(interactions, moments, family, budget.clock)
    # From here on: those states are needed anyway.
    watch = Watch.start(budget)

    def bench() -> Bench:
        windows = (moments, (moments[1], as_of))
        sizes = (budget.customers, budget.seed, watch.tick, budget.learners)
        return make_bench(interactions, fits.states, windows, quick(ranker), *sizes)

    search = _Search(fits, family.names, watch)
    # The trial under way is given up then; those before it stand.
    with suppress(OutOfTimeError):
        search.run(bench)
    chosen = search.best.names if search.best else family.names
    states = [_heard_in(state, chosen) for state in fits.states]
    return Selection(
        tuple(search.trials),
        chosen,
        tuple(", ".join(names) for names in search.left),
        dict(zip(moments, states, strict=True)),
    )


def quick(ranker: RankerConfig) -> RankerConfig:
    """Return a ranker of fewer trees that learn faster: their product is the same."""

    def fewer(trees: TreesConfig) -> tuple[int, float]:
        n = min(trees.trees, TREES)
        return n, trees.learning_rate * trees.trees / n

    trees, rate = fewer(ranker.trees_of("any"))
    rare, rare_rate = fewer(ranker.discover)
    discover = replace(ranker.discover, trees=rare, learning_rate=rare_rate)
    return replace(ranker, trees=trees, learning_rate=rate, discover=discover)


@dataclass
class _Fits:
    """The states of the two windows, and how long each model took in both."""

    interactions: Interactions
    family: FamilyConfig
    clock: Clock
    states: list[RecommenderState]
    took: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(
        cls, interactions: Interactions, moments: Sequence[int], family: FamilyConfig, clock: Clock
    ) -> "_Fits":
        bare = replace(family, names=())
        states = [fit_state(interactions, moment, bare) for moment in moments]
        fits = cls(interactions, family, clock, states)
        for name in family.names:
            fits.add(name)
        return fits

    def add(self, name: str) -> None:
        begun, one = self.clock(), replace(self.family, names=(name,))
        for k, state in enumerate(self.states):
            learned = learned_of(state.histories, state.customers.home, self.interactions)
            models = {**state.models, **fit_family(learned, one)}
            self.states[k] = replace(state, models=models)
        self.took[name] = self.clock() - begun

    def expected(self, names: Names) -> float:
        """Return how long those not fitted yet will take, by how long the others took."""
        pace = sum(self.took.values()) / max(sum(EFFORT[name] for name in self.took), 0.1)
        return pace * sum(EFFORT[name] for name in names if name not in self.took)


class _Search:
    """Trials, one after the other, and the best so far."""

    def __init__(self, fits: _Fits, named: Names, watch: Watch) -> None:
        self.trials: list[Trial] = []
        self.best: Trial | None = None
        further = sorted((n for n in FAMILY if n not in named), key=EFFORT.__getitem__)
        # A model that puts candidates forward stays: without it there would be others to rank.
        without = [tuple(n for n in named if n != name) for name in named if name not in SEARCHED]
        self.left: list[Names] = [named, *without, *((*named, name) for name in further)]
        self._fits, self._named, self._watch, self._spent = fits, named, watch, 0.0

    def run(self, bench_of: Callable[[], Bench]) -> None:
        """Try what the time allows.

        Raises
        ------
        OutOfTimeError
            If it ends while something is under way.
        """
        self._watch.tick()
        bench = bench_of()
        self.best = first = self._attempt(bench, self._named, None)
        for names in tuple(self.left):
            if self._watch.allows(first.seconds + self._fits.expected(names)):
                bench = self._heard(bench, names)
                self._attempt(bench, names, first)
        worth = self._watch.budget.worth
        gained = [trial for trial in self.trials[1:] if trial.gain >= worth]
        for trial in sorted(gained, key=lambda trial: -trial.gain):
            self._take(bench, trial, first)

    def _heard(self, bench: Bench, names: Names) -> Bench:
        begun = self._watch.now()
        for name in (n for n in names if n not in self._fits.took):
            self._fits.add(name)
            bench = bench.hearing(name, self._fits.states, self._watch.tick)
        self._spent = self._watch.now() - begun
        return bench

    def _take(self, bench: Bench, trial: Trial, first: Trial) -> None:
        """Add what a trial changed to the best so far, where that gains beyond chance."""
        best, worth = self.best, self._watch.budget.worth
        if best is not None and best is not first:
            changed = set(best.names) ^ set(first.names) ^ set(trial.names)
            names = (
                *(n for n in self._named if n in changed),
                *(n for n in FAMILY if n in changed and n not in self._named),
            )
            if not self._watch.allows(first.seconds):
                self.left.append(names)
                return
            trial = self._attempt(bench, names, best)
        if trial.is_worth(worth):
            self.best = trial

    def _attempt(self, bench: Bench, names: Names, over: Trial | None) -> Trial:
        """Train the rankers on what some models say, and measure them."""
        self._watch.tick()
        begun = self._watch.now()
        silent = [name for name in FAMILY if name not in names]
        tried = {goal: bench.tried(goal, silent, self._watch.tick) for goal in GOALS}
        told = {goal: one for goal, one in tried.items() if one.ndcg.size}
        trial = Trial(
            names,
            {goal: one.ndcg for goal, one in told.items()},
            {goal: one.weights for goal, one in told.items()},
            over,
            self._watch.now() - begun + self._spent,
        )
        self._spent = 0.0
        self.trials.append(trial)
        self.left = [one for one in self.left if one != names]
        return trial


def _heard_in(state: RecommenderState, names: Sequence[str]) -> RecommenderState:
    return replace(state, models={name: state.models[name] for name in names})
