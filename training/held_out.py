"""The rows a run held out: what came, and what the run's models said of them.

A run leaves them beside its figures, so that another version can be held against the same rows
later (`training/promotion/`) and a report can be drawn again without fitting anything.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.trial_found import TrialFound, of_facts, to_facts

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Strings = NDArray[np.str_]
Kind = Literal["propensity", "amount", "uplift"]

FACTS: Final = "held_out.json"
_INPUT: Final = "x."
_SAID: Final = ("y", "mean", "low", "high", "baseline")
_LOT: Final = ("contacted", "probability")


@dataclass(frozen=True)
class HeldOutModel:
    """Rows of a customer model that it was not fitted on.

    Parameters
    ----------
    kind
        What ``mean`` is: of an outcome 0 or 1, of an amount, or of what a contact changes.
    columns
        Names of the inputs.
    customers
        Strings (rows,); a customer may stand in several rows.
    as_of
        int64 (rows,): epoch seconds.
    x
        float64 (rows, columns).
    y, mean, low, high, baseline
        float64 (rows,): what came, what was said with its 90 % interval, and what the model's
        baseline said. Of an uplift: scores of models fitted on other folds, which have no
        interval (NaN), and what the response model said.
    importance
        By column: the share of the gain of all splits.
    contacted, probability
        float64 (rows,): for an uplift, 1 for who was contacted by lot, and with which
        probability; None elsewhere.
    found
        Of an uplift, what the trial said; None elsewhere.
    """

    kind: Kind
    columns: tuple[str, ...]
    customers: Strings
    as_of: Integers
    x: Floats
    y: Floats
    mean: Floats
    low: Floats
    high: Floats
    baseline: Floats
    importance: Mapping[str, float]
    contacted: Floats | None = None
    probability: Floats | None = None
    found: TrialFound | None = None


@dataclass(frozen=True)
class HeldOutSlates:
    """NDCG@10 of slates, one value a customer with something relevant.

    Parameters
    ----------
    customers
        Strings (customers,).
    values
        float64 (customers,).
    """

    customers: Strings
    values: Floats


@dataclass(frozen=True)
class Bought:
    """What is relevant: distinct pairs bought in the window.

    Parameters
    ----------
    customers, items
        Strings (pairs,).
    first
        bool (pairs,): never bought before the window.
    """

    customers: Strings
    items: Strings
    first: NDArray[np.bool_]


@dataclass(frozen=True)
class HeldOut:
    """Everything a run held out.

    Parameters
    ----------
    start, until
        The window of the slates, epoch seconds.
    goals
        By goal.
    bought
        What the slates were held against.
    models
        By name.
    unfitted
        Why a model is absent, by its name.
    """

    start: int
    until: int
    goals: Mapping[str, HeldOutSlates]
    bought: Bought
    models: Mapping[str, HeldOutModel]
    unfitted: Mapping[str, str] = field(default_factory=dict)

    def customers(self) -> Strings:
        """Return everybody in it, sorted, each once: those who allow analytics."""
        slates = [part.customers for part in self.goals.values()]
        rows = [part.customers for part in self.models.values()]
        return np.unique(np.concatenate([np.empty(0, dtype=str), *slates, *rows]))


def write_held_out(folder: Path, held: HeldOut) -> None:
    """Write into a folder: one Parquet file a model, one a goal, and what is bought."""
    folder.mkdir(parents=True, exist_ok=True)
    for goal, slates in held.goals.items():
        _table(vars(slates)).to_parquet(folder / f"goal_{goal}.parquet")
    _table(vars(held.bought)).to_parquet(folder / "bought.parquet")
    for name, model in held.models.items():
        _model_table(model).to_parquet(folder / f"model_{name}.parquet")
    facts = {
        "start": held.start,
        "until": held.until,
        "goals": list(held.goals),
        "models": {
            name: {
                "kind": m.kind,
                "importance": dict(m.importance),
                "found": to_facts(m.found) if m.found is not None else None,
            }
            for name, m in held.models.items()
        },
        "unfitted": dict(held.unfitted),
    }
    (folder / FACTS).write_text(json.dumps(facts, indent=1), encoding="utf-8")


def read_held_out(folder: Path) -> HeldOut:
    """Read what `write_held_out` wrote.

    Raises
    ------
    OSError
        If a file is missing.
    """
    facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    return HeldOut(
        start=facts["start"],
        until=facts["until"],
        goals={
            goal: HeldOutSlates(**_arrays(folder / f"goal_{goal}.parquet"))
            for goal in facts["goals"]
        },
        bought=Bought(**_arrays(folder / "bought.parquet")),
        models={
            name: _model(pd.read_parquet(folder / f"model_{name}.parquet"), told)
            for name, told in facts["models"].items()
        },
        unfitted=facts.get("unfitted", {}),
    )


def _model_table(model: HeldOutModel) -> pd.DataFrame:
    lot = _LOT if model.contacted is not None else ()
    said = {name: getattr(model, name) for name in ("customers", "as_of", *_SAID, *lot)}
    # Inputs as float32 would change a split at its threshold: another score on reading.
    inputs = {f"{_INPUT}{name}": model.x[:, k] for k, name in enumerate(model.columns)}
    return _table(said | inputs)


def _model(table: pd.DataFrame, told: Mapping[str, Any]) -> HeldOutModel:
    inputs = [name for name in table.columns if name.startswith(_INPUT)]
    return HeldOutModel(
        kind=told["kind"],
        columns=tuple(name.removeprefix(_INPUT) for name in inputs),
        customers=table["customers"].to_numpy(str),
        as_of=table["as_of"].to_numpy(np.int64),
        x=table[inputs].to_numpy(np.float64).reshape(len(table), len(inputs)),
        importance=told["importance"],
        found=of_facts(told["found"]) if told.get("found") else None,
        **{name: table[name].to_numpy(np.float64) for name in (*_SAID, *_LOT) if name in table},
    )


def _table(columns: Mapping[str, Any]) -> pd.DataFrame:
    return pd.DataFrame({name: _plain(values) for name, values in columns.items()})


def _plain(values: Any) -> Any:  # noqa: ANN401 - any array
    return values.astype(object) if values.dtype.kind == "U" else values


def _arrays(path: Path) -> dict[str, Any]:
    table = pd.read_parquet(path)
    return {
        name: table[name].to_numpy(str if name in ("customers", "items") else None)
        for name in table.columns
    }
