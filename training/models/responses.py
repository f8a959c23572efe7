"""Response models: who answers an action, by channel where it was sent on several."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.models.fitting import FittedModel, Parts, fit_tested
from training.models.labels.rows import LabelledRows
from training.models.leaks import check_leaks, what_columns_tell
from training.models.tasks import CustomerModelsConfig

MIN_CHANNEL: Final = 2
"""An action sent on fewer channels than this has one model for all of them."""


def responses(
    rows: LabelledRows, config: CustomerModelsConfig, seed: int
) -> Iterator[tuple[str, Callable[[], FittedModel]]]:
    """Yield a model an action, and one an action and channel where it was sent on several.

    Parameters
    ----------
    rows
        See `training.models.labels.contacts.response_rows`.
    """
    frame = rows.frame
    for action in sorted(frame["action_id"].unique()):
        mine = (frame["action_id"] == action).to_numpy()
        channels = sorted(frame["channel"][mine].unique())
        groups = {str(action): mine}
        if len(channels) >= MIN_CHANNEL:
            sent = frame["channel"].to_numpy()
            groups |= {f"{action}_{channel}": mine & (sent == channel) for channel in channels}
        for name, mask in groups.items():
            yield name, partial(_fit_response, name, rows, mask, config, seed)


def _fit_response(
    name: str,
    rows: LabelledRows,
    mine: NDArray[np.bool_],
    config: CustomerModelsConfig,
    seed: int,
) -> FittedModel:
    """Fit on the first half of an action's contacts, calibrate on a quarter, test on the last."""
    at = rows.frame["as_of"].to_numpy(np.int64)
    first, second = _split(at[mine])
    masks = (
        mine & (at < first),
        mine & (at >= first) & (at < second),
        mine & (at >= second),
    )
    parts = Parts.of(rows, config.columns, masks)
    fitted = fit_tested(config.response_estimator, parts, seed)
    test = LabelledRows(rows.frame[masks[2]])
    check_leaks(name, what_columns_tell(test, None, config.columns))
    return fitted


def _split(moments: NDArray[np.int64]) -> tuple[int, int]:
    """Return the moments that end training and calibration, at half and three quarters."""
    return int(np.quantile(moments, 0.5)), int(np.quantile(moments, 0.75))
