"""The shape of ``truth.yaml``: what the simulated customers do, which no policy may read."""

import shutil
from pathlib import Path
from typing import Annotated, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from decisioning.catalogue import Action
from features.errors import CatalogueError

WORLD: Final = Path(__file__).parent / "world"
"""Folder of the shipped ``actions.yaml``, ``policy.yaml`` and ``truth.yaml``."""

Trait = Literal["frequency", "price", "curiosity", "mood", "wealth"]
TRAITS: Final[tuple[Trait, ...]] = ("frequency", "price", "curiosity", "mood", "wealth")
Probability = Annotated[float, Field(gt=0, lt=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Spread = Annotated[float, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class EffectSpec(_Strict):
    """How customers answer one action."""

    organic: Probability
    """Weekly probability that an average customer does it without contact."""
    shown: Probability
    """The same in a week in which it is shown, at full price."""
    organic_by: dict[Trait, float] = Field(default_factory=dict)
    """Log-odds of the organic probability by unit of a trait."""
    lift_by: dict[Trait, float] = Field(default_factory=dict)
    """Log-odds of the lift by unit of a trait."""
    opt_out: Share
    """Probability that a contact makes a rested customer withdraw the consent."""


class StockSpec(_Strict):
    """The shelf that serves the channel."""

    items: Annotated[int, Field(ge=3)]
    """Articles of each goal."""
    replenish_weeks: Annotated[int, Field(ge=1)]
    units_per_1000_customers: Spread
    """Units of an article after a delivery, on average over the articles."""


class TruthSpec(_Strict):
    """The whole of ``truth.yaml``."""

    marketing_granted: Share
    personalisation_granted: Share
    opt_out_cost: Spread
    """What an opt-out costs the shop, in its currency."""
    opt_out_growth: Spread
    """Each contact of the last 28 days adds so much of ``opt_out``."""
    season: Spread
    drift: Spread
    surprise: Spread
    elasticity: Spread
    stock: StockSpec
    actions: dict[str, EffectSpec]
    kinds: dict[str, EffectSpec]

    def effect(self, action: Action) -> EffectSpec:
        """Return how customers answer an action: its own entry, or that of its kind."""
        found = self.actions.get(action.action_id) or self.kinds.get(action.kind)
        if found is None:
            raise CatalogueError(
                f"actions.yaml: {action.action_id}: truth.yaml says neither how customers answer "
                f"it nor how they answer the kind {action.kind!r}.",
                f"use one of the kinds {sorted(self.kinds)}, or add it to truth.yaml.",
            )
        return found


def copy_world(folder: Path) -> list[Path]:
    """Write the shipped files to a folder, and return where; one that is there is never lost.

    Raises
    ------
    CatalogueError
        If one of them is there already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    there = [p.name for p in WORLD.iterdir() if (folder / p.name).exists()]
    if there:
        raise CatalogueError(
            f"{folder} holds {', '.join(sorted(there))} already.", "choose an empty folder."
        )
    return [shutil.copyfile(p, folder / p.name) for p in sorted(WORLD.glob("*.yaml"))]


def read_truth(path: Path = WORLD / "truth.yaml") -> TruthSpec:
    """Read the truth.

    Raises
    ------
    CatalogueError
        Naming file, field and value.
    """
    try:
        return TruthSpec.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise CatalogueError(
            f"{path.name} cannot be read: {error}.", "restore the file."
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise CatalogueError(
            f"{path.name}: {field}: {first['msg']} (got {first['input']!r}).", "correct the field."
        ) from error
