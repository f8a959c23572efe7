"""One task: its rows, the model fitted to them, and the checks it must pass."""

from typing import Final

import numpy as np

from training.models.contract import TooFewRowsError
from training.models.fitting import FittedModel, Parts, fit_tested
from training.models.labels.rows import LabelledRows
from training.models.labels.windows import Moments
from training.models.leaks import check_leaks, what_columns_tell
from training.models.tasks import CustomerModelsConfig, Task
from training.models.views import Views

CHANCE: Final = 0.5
"""Area under the ROC curve of a model that cannot tell one outcome from the other."""


def labels_of(
    views: Views, task: Task, as_of: int, config: CustomerModelsConfig
) -> tuple[LabelledRows, Moments]:
    """Return the labelled rows of a task, and which moments train, calibrate and test."""
    moments = config.spacing.before(as_of, task.days)
    return task.label(views.con, views.of(moments), moments), moments


def fit_task(
    views: Views, task: Task, as_of: int, config: CustomerModelsConfig, seed: int
) -> FittedModel:
    """Fit one model from views, test it, and look for leaks in its columns.

    Raises
    ------
    TooFewRowsError
        If the history cannot carry it, or what it says cannot be told from chance.
    LeakError
        If a column knows what it is to foretell.
    """
    labelled, moments = labels_of(views, task, as_of, config)
    masks = moments.masks(labelled.frame["as_of"].to_numpy(np.int64))
    parts = Parts.of(labelled, config.columns, masks)
    estimator = config.tuned.get(task.name, task.estimator)
    fitted = fit_tested(estimator, parts, seed, baseline=task.baseline, rivals=task.rivals)
    if task.above_chance:
        _require_above_chance(fitted)
    test = LabelledRows(labelled.frame[masks[2]])
    told = what_columns_tell(test, views.day_before(moments.test), config.columns)
    check_leaks(task.name, told)
    return fitted


def _require_above_chance(fitted: FittedModel) -> None:
    auc = fitted.metrics["auc"]
    if not auc.low > CHANCE:
        raise TooFewRowsError(
            f"what is known ranks the later outcomes no better than chance: AUC {auc.value:.2f} "
            f"[{auc.low:.2f}, {auc.high:.2f}] on {auc.n} rows"
        )
