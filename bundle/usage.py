"""Which snapshot columns a bundle uses: by the splits of its models, by its conditions."""

from collections.abc import Iterator
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np

from bundle.contents import Bundle
from bundle.models import TreeModel
from decisioning.conditions import Apply, Column, Condition


@dataclass(frozen=True)
class ColumnUse:
    """A snapshot column in one part of a bundle.

    Parameters
    ----------
    column
        Of the snapshot.
    part
        ``model churn``, ``condition win_back``, ...
    splits
        How often the model splits on it; 0 when the model has it as an input and never looks.
        None for a condition.
    gain
        Its part of the model's total gain, 0 to 1; None for a condition.
    """

    column: str
    part: str
    splits: int | None = None
    gain: float | None = None


def column_uses(bundle: Bundle) -> tuple[ColumnUse, ...]:
    """List the uses of snapshot columns in a bundle.

    The rankers are left out: their inputs are made of the recommender's own state, of purchases,
    and of no snapshot column, though some bear like names.
    """
    columns = set(bundle.column_positions)
    uses: list[ColumnUse] = []
    for name, model in sorted(bundle.models.items()):
        uses += _splits(f"model {name}", model.trees)
    for action in bundle.actions:
        named = dict.fromkeys(condition_names(action.eligible_when))
        uses += [ColumnUse(n, f"condition {action.action_id}") for n in named if n in columns]
    return tuple(uses)


def condition_names(condition: Condition | None) -> Iterator[str]:
    """Yield the names that stand in a condition."""
    match condition:
        case Column(name):
            yield name
        case Apply(_, operands):
            for operand in operands:
                yield from condition_names(operand)


def _splits(part: str, model: TreeModel) -> list[ColumnUse]:
    booster = lgb.Booster(model_str=model.text)
    splits = np.asarray(booster.feature_importance("split"), dtype=np.int64)
    gain = np.asarray(booster.feature_importance("gain"), dtype=np.float64)
    share = gain / gain.sum() if gain.sum() > 0 else gain
    return [
        ColumnUse(column, part, int(n), float(g))
        for column, n, g in zip(model.columns, splits, share, strict=True)
    ]
