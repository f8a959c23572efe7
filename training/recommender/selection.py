"""Which models the ranker hears: tried on the last window before the moment, inside a time budget.

Trials differ in the models whose scores the ranker reads. Each learns from the window before the
last and is measured on the last, so no trial sees what it is measured on. The models that put
candidates forward stay in all of them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from decisioning.policy import DAY
from decisioning.recommender.candidates import SEARCHED
from decisioning.recommender.family import FAMILY
from decisioning.recommender.state import RecommenderState
from training.recommender.family import FamilyConfig, fit_family
from training.recommender.fit import fit_state
from training.recommender.interactions import Interactions
from training.recommender.ranker import RankerConfig
from training.recommender.ticks import OutOfTimeError
from training.recommender.trials import Bench, make_bench

Clock = Callable[[], float]
"""Seconds from any beginning."""

GOALS: Final = ("any", "discover")
"""``replenish`` is served by the ranker of ``any``."""


@dataclass(frozen=True)
class Budget:
    """How long models may be tried.

    Parameters
    ----------
    seconds
        After these, the trial under way is given up and none is begun. Only the fit of a single
        model, begun in the first half of them, is not given up.
    clock
        Tells the seconds.
    customers
        Customers who are measured, at most; a sample of them, by the seed.
    worth
        Gain, relative to the models named, below which they stay: a model costs time in every
        request.
    """

    seconds: float
    clock: Clock
    customers: int = 800
    worth: float = 0.005
    seed: int = 7


@dataclass(frozen=True)
class Trial:
    """One choice of models and how it did on the last window.

    Parameters
    ----------
    names
        The models heard.
    ndcg
        NDCG@10 by goal.
    gain
        Mean over the goals of the relative gain over the first trial.
    seconds
        What it took, the fitting of a new model included.
    """

    names: tuple[str, ...]
    ndcg: Mapping[str, float]
    gain: float
    seconds: float


@dataclass(frozen=True)
class Selection:
    """What was tried, in order, and what was chosen of it.

    Parameters
    ----------
    untried
        What the time did not allow: models, and choices of them.
    states
        By moment, those fitted for the trials, with the models chosen: they are not fitted twice.
    """

    trials: tuple[Trial, ...]
    chosen: tuple[str, ...]
    untried: tuple[str, ...]
    states: Mapping[int, RecommenderState]

    def rows(self) -> Iterator[dict[str, str | float]]:
        """Yield the trials as rows of a table."""
        for trial in self.trials:
            yield {
                "models": ", ".join(trial.names),
                **{f"ndcg_10_{goal}": value for goal, value in trial.ndcg.items()},
                "gain": trial.gain,
                "seconds": round(trial.seconds, 1),
                "chosen": "yes" if trial.names == self.chosen else "",
            }


def select_models(
    interactions: Interactions,
    as_of: int,
    family: FamilyConfig,
    ranker: RankerConfig,
    budget: Budget,
) -> Selection:
    """Try the models named, then without one of them, with one more, and with all that helped.

    The choice is the trial with the largest gain, if that is worth it. Further models are fitted
    in the first half of the time; what the time did not allow is told.
    """
    window = ranker.label_days * DAY
    # The ranker's recipe may be of several cuts; the choice is made on one.
    moments = (as_of - 2 * window, as_of - window)
    states = [fit_state(interactions, moment, family) for moment in moments]
    # From here on: those states are needed anyway.
    watch = _Watch(budget, budget.clock())
    for name in (n for n in FAMILY if n not in family.names):
        if watch.spent() < 0.5:
            states = [_with(state, interactions, family, name) for state in states]
    fitted = tuple(n for n in FAMILY if n in states[0].models)
    windows = (moments, (moments[1], as_of))
    trials, left = _run(
        lambda: make_bench(
            interactions, states, windows, ranker, budget.customers, budget.seed, watch.tick
        ),
        family.names,
        _options(family.names, fitted),
        watch,
    )
    best = max(trials, key=lambda trial: trial.gain, default=None)
    chosen = best.names if best and best.gain >= budget.worth else family.names
    return Selection(
        tuple(trials),
        chosen,
        (*(n for n in FAMILY if n not in fitted), *(", ".join(names) for names in left)),
        {moment: _heard_in(state, chosen) for moment, state in zip(moments, states, strict=True)},
    )


@dataclass(frozen=True)
class _Watch:
    """The time since a beginning, as a share of what may be spent."""

    budget: Budget
    begun: float

    def spent(self) -> float:
        if not self.budget.seconds:
            return float("inf")
        return (self.budget.clock() - self.begun) / self.budget.seconds

    def tick(self) -> None:
        if self.spent() >= 1:
            raise OutOfTimeError


def _run(
    bench_of: Callable[[], Bench],
    named: tuple[str, ...],
    options: Sequence[tuple[str, ...]],
    watch: _Watch,
) -> tuple[list[Trial], list[tuple[str, ...]]]:
    """Return the trials that the time allowed, and the choices that it did not."""
    trials: list[Trial] = []
    left = [named, *options]
    try:
        watch.tick()
        bench = bench_of()
        while left:
            trials.append(_attempt(bench, left[0], trials[0] if trials else None, watch))
            del left[0]
            together = _together(named, trials)
            if not left and together not in {trial.names for trial in trials}:
                left = [together]
    except OutOfTimeError:
        return trials, left
    return trials, left


def _heard_in(state: RecommenderState, names: Sequence[str]) -> RecommenderState:
    return replace(state, models={name: state.models[name] for name in names})


def _options(named: tuple[str, ...], fitted: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the sets that differ from the one named by a single model; a search stays."""
    without = [tuple(n for n in named if n != name) for name in named if name not in SEARCHED]
    return without + [(*named, name) for name in fitted if name not in named]


def _together(named: tuple[str, ...], trials: Sequence[Trial]) -> tuple[str, ...]:
    """Return what is named, with every change that gained."""
    heard = set(named)
    for trial in trials[1:]:
        if trial.gain > 0:
            heard ^= set(named) ^ set(trial.names)
    # In the order of the names given, so that no change is no other set.
    return tuple([n for n in named if n in heard] + [n for n in FAMILY if n in heard - set(named)])


def _with(
    state: RecommenderState, interactions: Interactions, family: FamilyConfig, name: str
) -> RecommenderState:
    more = fit_family(state.histories, interactions.trains, replace(family, names=(name,)))
    return replace(state, models={**state.models, **more})


def _attempt(bench: Bench, names: tuple[str, ...], first: Trial | None, watch: _Watch) -> Trial:
    """Train the rankers on what some models say, and measure them."""
    watch.tick()
    begun = watch.budget.clock()
    silent = [name for name in FAMILY if name not in names]
    values = {goal: bench.ndcg(goal, silent, watch.tick) for goal in GOALS}
    figures = {goal: float(found.mean()) for goal, found in values.items() if found.size}
    compared = figures if first is None else first.ndcg
    gains = [figures[goal] / before - 1 for goal, before in compared.items() if before > 0]
    gain = float(np.mean(gains)) if gains else 0.0
    return Trial(names, figures, gain, watch.budget.clock() - begun)
