"""Versions made up for the gates: bundles that say what a test tells them to."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decisioning.policy import DAY
from training.held_out import Bought, HeldOut, HeldOutModel, HeldOutSlates
from training.promotion.pairing import Version
from training.promotion.rules import PromotionRules, read_rules

Floats = NDArray[np.float64]
T0 = 20_000 * DAY
COLUMNS = ("a", "b")
RULES = read_rules()


def rules(**sections: Mapping[str, object]) -> PromotionRules:
    """The shipped rules, some fields of a section changed."""
    told: dict[str, Any] = RULES.model_dump()
    for name, fields in sections.items():
        told[name] = {**told[name], **fields}
    return PromotionRules.model_validate(told)


@dataclass(frozen=True)
class FromColumn:
    """A model that says what stands in one of its columns."""

    columns: tuple[str, ...] = COLUMNS
    place: int = 0

    def predict(self, x: Floats) -> Any:
        said = x[:, self.place]
        return SimpleNamespace(mean=said, low=said, high=said)


def ids(n: int) -> NDArray[np.str_]:
    return np.array([f"c{k:05d}" for k in range(n)], dtype=str)


def model(
    y: Floats,
    mean: Floats,
    other: Floats | None = None,
    *,
    kind: Any = "propensity",
    as_of: int = T0,
) -> HeldOutModel:
    """Held-out rows whose column ``a`` is what another version would say of them."""
    theirs = mean if other is None else other
    return HeldOutModel(
        kind=kind,
        columns=COLUMNS,
        customers=ids(y.size),
        as_of=np.full(y.size, as_of, dtype=np.int64),
        x=np.column_stack((theirs, np.zeros(y.size))),
        y=y,
        mean=mean,
        low=mean,
        high=mean,
        baseline=np.full(y.size, y.mean() if y.size else np.nan),
        importance={"a": 0.75, "b": 0.25},
    )


def held(
    goals: Mapping[str, Floats] | None = None,
    models: Mapping[str, HeldOutModel] | None = None,
    start: int = T0,
) -> HeldOut:
    values = goals or {}
    none = np.empty(0, dtype=str)
    return HeldOut(
        start=start,
        until=start + 30 * DAY,
        goals={goal: HeldOutSlates(ids(v.size), v) for goal, v in values.items()},
        bought=Bought(none, none, np.empty(0, dtype=np.bool_)),
        models=models or {},
    )


def version(
    number: str,
    left: HeldOut | None,
    as_of: int = T0 + 30 * DAY,
    models: Mapping[str, object] | None = None,
    columns: tuple[str, ...] = COLUMNS,
    amounts: Mapping[str, object] | None = None,
) -> Version:
    manifest = SimpleNamespace(as_of=as_of, columns=[{"name": name} for name in columns])
    said = (
        models
        if models is not None
        else {name: FromColumn() for name in (left.models if left else ())}
    )
    return Version(
        number, SimpleNamespace(manifest=manifest, models=said, amounts=amounts or {}), left
    )  # type: ignore[arg-type]
