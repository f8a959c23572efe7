"""Which snapshot columns a bundle uses: by the splits of its models, by its conditions."""

from collections.abc import Iterator
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np

from bundle.contents import Bundle
from bundle.models import ScoringModel, TreeModel
from decisioning.conditions import Condition, column_names
from decisioning.estimates import CustomerModel


@dataclass(frozen=True)
class ColumnUse:
    """A snapshot column in one part of a bundle.

    Parameters
    ----------
    column
        Of the snapshot.
    part
        ``model churn``, ``condition win_back``, ``journey open_complaint``, ...
    splits
        How often the model splits on it; 0 when the model has it as an input and never looks.
        None for a condition, and for a model that is no trees.
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
        part = f"model {name}"
        uses += (
            _splits(part, model.trees) if isinstance(model, ScoringModel) else _read(part, model)
        )
    for name, amount in sorted(bundle.amounts.items()):
        uses += _read(f"model {name}", amount)
    for part, condition in _conditions(bundle):
        uses += [ColumnUse(n, part) for n in sorted(column_names(condition) & columns)]
    return tuple(uses)


def _conditions(bundle: Bundle) -> Iterator[tuple[str, Condition]]:
    """Yield every condition of the catalogue and the policy, with what it decides."""
    for action in bundle.actions:
        if action.eligible_when is not None:
            yield f"condition {action.action_id}", action.eligible_when
        for price_class in action.price_classes:
            if price_class.when is not None:
                yield f"price class {action.action_id}/{price_class.name}", price_class.when
    for journey in bundle.policy.journeys:
        yield f"journey {journey.name}", journey.when


def _read(part: str, model: CustomerModel) -> list[ColumnUse]:
    return [ColumnUse(column, part) for column in model.columns]


def _splits(part: str, model: TreeModel) -> list[ColumnUse]:
    booster = lgb.Booster(model_str=model.text)
    splits = np.asarray(booster.feature_importance("split"), dtype=np.int64)
    gain = np.asarray(booster.feature_importance("gain"), dtype=np.float64)
    share = gain / gain.sum() if gain.sum() > 0 else gain
    return [
        ColumnUse(column, part, int(n), float(g))
        for column, n, g in zip(model.columns, splits, share, strict=True)
    ]
