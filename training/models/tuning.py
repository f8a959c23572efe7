"""Search for better settings of a boosted classifier, inside a time budget (Optuna).

A trial fits on some rows and is judged on later ones by log loss, reported as the rounds go, so
that one that falls behind is stopped early. The rows that a run tests on take no part.
"""

import math
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, Protocol

import lightgbm as lgb
import optuna
from tqdm import tqdm

from training.models.classifier import PARAMETERS, BoostedClassifier, require, telling
from training.models.contract import Rows

ROUNDS: Final = 400
REPORT_EVERY: Final = 20
_WARM_UP: Final = 5
"""Trials before any is stopped early, and reports of each: a median needs something to be of."""


@dataclass(frozen=True)
class Settings:
    """Settings of a `BoostedClassifier`."""

    rounds: int
    parameters: Mapping[str, float | int]


@dataclass(frozen=True)
class Tuned:
    """What a search found.

    Parameters
    ----------
    best
        The settings of the lowest log loss; those that the search began with, where nothing did
        better.
    before, after
        Log loss of the settings begun with and of the best, nats a row.
    tried, pruned
        Trials that ended, and those of them that were stopped early.
    """

    best: Settings
    before: float
    after: float
    tried: int
    pruned: int


class Diary(Protocol):
    """Where trials are written down: nested runs in MLflow, or nowhere."""

    def trial(
        self, number: int, settings: Mapping[str, float | int]
    ) -> AbstractContextManager[Any]:
        """Open the record of a trial."""

    def loss(self, value: float, step: int) -> None:
        """Write the loss after so many rounds."""

    def end(self, state: str) -> None:
        """Write how the trial ended: ``complete`` or ``pruned``."""


@dataclass(frozen=True)
class Budget:
    """When to stop: after so many trials or seconds, whichever is first.

    Parameters
    ----------
    clock
        Seconds, from any moment; a trial is not begun when the time is up.
    """

    seconds: float
    trials: int
    clock: Callable[[], float]


def tune(
    train: Rows, later: Rows, budget: Budget, diary: Diary, seed: int, *, progress: bool = False
) -> Tuned:
    """Search; the first trial is of today's settings.

    Raises
    ------
    TooFewRowsError
        If the rows cannot carry a classifier.
    """
    require(train, later)
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # the diary and the bar say it
    today = BoostedClassifier()
    kept = telling(train, {**PARAMETERS, "seed": seed}, today.rounds, today.columns)
    search = _Search(train.select(kept), later.select(kept), diary, seed)
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=_WARM_UP),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=_WARM_UP, n_warmup_steps=REPORT_EVERY),
    )
    study.enqueue_trial(_begin())
    until = budget.clock() + budget.seconds
    for _ in tqdm(range(budget.trials), desc="tune", unit="trial", disable=not progress):
        study.optimize(search, n_trials=1)
        if budget.clock() >= until:
            break
    pruned = sum(t.state is optuna.trial.TrialState.PRUNED for t in study.trials)
    best = Settings(
        int(study.best_trial.user_attrs["rounds"]), _parameters(study.best_trial.params)
    )
    return Tuned(best, search.first, study.best_value, len(study.trials), pruned)


class _Search:
    """The objective: fit, report, stop early, return the lowest loss of the rounds."""

    def __init__(self, train: Rows, later: Rows, diary: Diary, seed: int) -> None:
        names = list(train.columns)
        self._train = lgb.Dataset(train.x, train.y, feature_name=names, free_raw_data=False)
        self._later = self._train.create_valid(later.x, later.y)
        self._diary = diary
        self._seed = seed
        self.first = math.nan

    def __call__(self, trial: optuna.Trial) -> float:
        parameters = _parameters(_asked(trial))
        with self._diary.trial(trial.number, parameters):
            try:
                loss, rounds = self._fit(trial, parameters)
            except optuna.TrialPruned:
                self._diary.end("pruned")
                raise
            self._diary.end("complete")
        trial.set_user_attr("rounds", rounds)
        if math.isnan(self.first):
            self.first = loss
        return loss

    def _fit(self, trial: optuna.Trial, parameters: Mapping[str, float | int]) -> tuple[float, int]:
        losses: list[float] = []

        def report(env: lgb.callback.CallbackEnv) -> None:
            losses.append(float(env.evaluation_result_list[0][2]))
            step = env.iteration + 1
            if step % REPORT_EVERY == 0:
                self._diary.loss(losses[-1], step)
                trial.report(losses[-1], step)
                if trial.should_prune():
                    raise optuna.TrialPruned

        settings = {
            **PARAMETERS,
            **parameters,
            "seed": self._seed,
            "metric": "binary_logloss",
            "feature_pre_filter": False,
        }
        lgb.train(settings, self._train, ROUNDS, valid_sets=[self._later], callbacks=[report])
        best = min(range(len(losses)), key=losses.__getitem__)
        return losses[best], best + 1


def _asked(trial: optuna.Trial) -> dict[str, float | int]:
    return {
        "num_leaves": trial.suggest_int("num_leaves", 4, 64, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.2, log=True),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 5, 300, log=True),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.2, 1.0),
        "bagging_fraction": trial.suggest_float("bagging_fraction", 0.5, 1.0),
        "lambda_l2": trial.suggest_float("lambda_l2", 0.1, 100.0, log=True),
    }


def _begin() -> dict[str, float | int]:
    """Return today's settings, as the first trial."""
    names = (
        "num_leaves", "learning_rate", "min_data_in_leaf", "feature_fraction", "bagging_fraction",
        "lambda_l2",
    )  # fmt: skip
    return {name: PARAMETERS[name] for name in names}


def _parameters(asked: Mapping[str, Any]) -> dict[str, float | int]:
    # Six digits: what is written down is what is fitted.
    return {k: v if isinstance(v, int) else float(f"{v:.6g}") for k, v in asked.items()}
