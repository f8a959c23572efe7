"""From the rows of an experiment to a calibrated model of whom a contact changes, or none."""

from dataclasses import dataclass

from training.models.contract import Rows
from training.models.uplift.calibrate import UpliftModel, recalibrated
from training.models.uplift.layout import lay_out
from training.models.uplift.learners import LEARNERS, learn
from training.models.uplift.ranking import OutOfFold, Progress, Rank, Score, cross_fit
from training.models.uplift.scores import of_groups, tell
from training.models.uplift.selection import RESPONSE, Selection, select
from training.models.uplift.trees import HALVES
from training.models.uplift.trial import Trial, as_trial


@dataclass(frozen=True)
class UpliftConfig:
    """How a learner is chosen.

    Parameters
    ----------
    learners
        Names of `LEARNERS`, simple ones first.
    folds, repeats
        Of the cross-fitting; one split decides nothing.
    level
        Probability of finding something where there is nothing, over all that is tried.
    ahead_level
        Probability of calling a learner better than the response model where none is.
    """

    learners: tuple[str, ...] = LEARNERS
    folds: int = 10
    repeats: int = 2
    level: float = 0.01
    ahead_level: float = 0.05


@dataclass(frozen=True)
class FittedUplift:
    """The selection, the model of the learner chosen (None where none was), and what chose.

    Parameters
    ----------
    found
        What every ranking said of rows that it was not fitted on.
    """

    selection: Selection
    model: UpliftModel | None
    found: OutOfFold


def fit_uplift(
    rows: Rows,
    seed: int,
    config: UpliftConfig | None = None,
    progress: Progress | None = None,
) -> FittedUplift:
    """Choose a learner by repeated cross-fitting, and fit it to all rows.

    It is calibrated on its out-of-fold scores.

    Raises
    ------
    TooFewRowsError
        If the experiment is too small.
    """
    trial, config = as_trial(rows), config or UpliftConfig()
    found = rank_all(trial, seed, config, progress)
    selection = select(found, seed, config.level, config.ahead_level)
    if selection.verdict != "learned":
        return FittedUplift(selection, None, found)
    model = learn(selection.learner, trial, seed, halves=HALVES)
    raw = found.scores[selection.learner].mean(axis=0)
    return FittedUplift(selection, recalibrated(model, raw, found.robust, trial), found)


def rank_all(
    trial: Trial, seed: int, config: UpliftConfig, progress: Progress | None = None
) -> OutOfFold:
    """Score every row, out of fold, by the response model and the learners."""
    ranks: dict[str, Rank] = {RESPONSE: rank_by_response}
    ranks |= {name: rank_by(name) for name in config.learners}
    return cross_fit(
        trial, ranks, folds=config.folds, repeats=config.repeats, seed=seed, progress=progress
    )


def rank_by_response(trial: Trial, seed: int) -> Score:
    """Rank by P(response | contacted): what is done where nobody asks whom a contact changes."""
    design = lay_out(trial)
    models = of_groups(design, trial)
    return lambda x: tell(design, models, x)[:, 1]


def rank_by(name: str) -> Rank:
    """Rank by what a learner says."""

    def rank(trial: Trial, seed: int) -> Score:
        model = learn(name, trial, seed)
        return lambda x: model.predict(x).mean

    return rank
