"""``actions.yaml`` and ``policy.yaml``: what a marketer edits, checked, as the core's values."""

import datetime as dt
from collections.abc import Collection
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from bundle.conditions import parse_condition
from bundle.specs import ActionsFile, ActionSpec, PolicySpec, QuietHours
from decisioning.catalogue import Action, Prior
from decisioning.policy import DAY, ContactLimit, Policy
from features.errors import CatalogueError

_Model = TypeVar("_Model", bound=BaseModel)


def read_actions(path: Path, columns: Collection[str], models: Collection[str]) -> list[Action]:
    """Read the catalogue.

    Parameters
    ----------
    columns
        Names that conditions may use: snapshot columns and scores.
    models
        Names of the response models that exist.

    Raises
    ------
    CatalogueError
        Naming file, field, value and what would be right.
    """
    spec = _validated(path, ActionsFile)
    # An action's own response model exists once enough customers were offered it; until then
    # its prior stands, and naming the model already is no mistake.
    known = {*models, *(a.id for a in spec.actions)}
    return [_action(path, index, a, columns, known) for index, a in enumerate(spec.actions)]


def read_policy(path: Path) -> Policy:
    """Read the policy.

    Raises
    ------
    CatalogueError
        Naming file, field, value and what would be right.
    """
    spec = _validated(path, PolicySpec)
    quiet = spec.quiet_hours or QuietHours(start=0, until=0, channels=())
    return Policy(
        limits=tuple(ContactLimit(**limit.model_dump()) for limit in spec.contact_limits),
        quiet_from=quiet.start,
        quiet_until=quiet.until,
        quiet_channels=quiet.channels,
        time_zone=spec.time_zone,
        control_share=spec.control_share,
        random_share=spec.random_share,
        stock_reserve=spec.stock.reserve,
        stock_max_age_s=int(spec.stock.max_age_hours * 3600),
        stock_location={str(c): place for c, place in spec.stock.location_of_channel.items()},
        stock_fallback=spec.stock.fallback_location,
        context_weights={(w.channel, w.kind): w.weight for w in spec.context_weights},
        seed=spec.seed,
    )


def _action(
    path: Path, index: int, spec: ActionSpec, columns: Collection[str], models: Collection[str]
) -> Action:
    where = f"actions[{index}] ({spec.id})"
    if spec.model and spec.model not in models:
        raise CatalogueError(
            f"{path.name}: {where}.model: no model {spec.model!r} in the bundle.",
            f"use one of {sorted(models)}, or leave it out to rely on the prior.",
        )
    if not spec.purpose and spec.kind != "none":
        raise CatalogueError(
            f"{path.name}: {where}.purpose is empty.", "name the purpose it needs consent for."
        )
    try:
        condition = parse_condition(spec.eligible_when, columns) if spec.eligible_when else None
    except ValueError as error:
        raise CatalogueError(
            f"{path.name}: {where}.eligible_when: {error}.", "correct the condition."
        ) from error
    return Action(
        action_id=spec.id,
        kind=spec.kind,
        label_en=spec.label.en,
        label_fr=spec.label.fr,
        channels=spec.channels,
        # Doing nothing needs nobody's consent, whatever the file says.
        purpose="" if spec.kind == "none" else spec.purpose,
        prior=Prior(spec.prior.mean, spec.prior.strength),
        model=spec.model,
        value=spec.value * 100.0,
        cost=spec.cost * 100.0,
        lever=spec.lever,
        items=spec.items,
        n_items=spec.n_items,
        eligible_when=condition,
        valid_from=_midnight(spec.valid_from),
        valid_until=_midnight(spec.valid_until),
        cool_down_days=spec.cool_down_days,
    )


def _midnight(day: dt.date | None) -> int | None:
    return None if day is None else (day - dt.date(1970, 1, 1)).days * DAY


def _validated(path: Path, model: type[_Model]) -> _Model:
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return model.model_validate(content)
    except OSError as error:
        raise CatalogueError(
            f"{path} cannot be read ({error.strerror}).", "restore the file."
        ) from error
    except UnicodeDecodeError as error:
        raise CatalogueError(f"{path.name}: {error}.", "save the file as UTF-8.") from error
    except yaml.YAMLError as error:
        raise CatalogueError(f"{path.name}: {error}.", "correct the YAML.") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the file"
        raise CatalogueError(
            f"{path.name}: {field}: {first['msg']} (got {_brief(first['input'])}).",
            "correct the field.",
        ) from error


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
