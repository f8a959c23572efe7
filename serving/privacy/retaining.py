"""Retention: what is older than its period goes; of decisions, counts stay."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from features.erasure.aging import MOMENTS, expire_files, expire_rows
from features.errors import SettingError
from serving.privacy.home import Home, locked

FILE: Final = "retention.yaml"
DAY: Final = 86_400
Days = Annotated[int, Field(ge=1, le=36_500)]


class Periods(BaseModel):
    """How many days each thing is kept; null keeps it for good."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    decisions: Days | None = 400
    """Decisions with their contacts and outcomes; counts by day stay. Caps and cool-downs look
    back on contacts: keep them as long as the longest of the policy."""
    events: Days | None = 400
    """Events posted to the service; they are read from the bundle's moment on."""
    request_ids: Days | None = 7
    """How long a request sent again is known for one."""
    audit: Days | None = 1095
    """Who saw or changed whose data."""
    quarantine: Days | None = 90
    """Refused rows."""
    snapshots: Days | None = 400
    """Customer views by date, which can be built again."""
    tables: dict[str, Days] = Field(default_factory=dict)
    """Canonical tables by name; those not named are kept."""

    @field_validator("tables")
    @classmethod
    def _dated(cls, tables: dict[str, int]) -> dict[str, int]:
        unknown = sorted(set(tables) - set(MOMENTS))
        if unknown:
            raise ValueError(f"no table with an age: {unknown[0]}; use {', '.join(MOMENTS)}")
        return tables


def read_periods(path: Path) -> Periods:
    """Read the periods of an installation; the defaults where there is no file.

    Raises
    ------
    SettingError
        If the file cannot be read, or says what there is not.
    """
    if not path.is_file():
        return Periods()
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Periods.model_validate(told or {})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise SettingError(
            f"{path}: {where}: {first['msg']}.", "see docs/privacy.md for what may stand there."
        ) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingError(f"{path} cannot be read ({error}).", "mend or remove it.") from error


@dataclass(frozen=True)
class Retained:
    """What a run of retention did, or would do.

    Parameters
    ----------
    removed
        Rows and files, by part and name.
    database
        What was done so that deleted rows are gone from the disk.
    """

    removed: Mapping[str, Mapping[str, int]]
    database: str


def retain(home: Home, periods: Periods, now: int, *, dry_run: bool = False) -> Retained:
    """Remove what is past its period.

    Parameters
    ----------
    now
        Epoch seconds UTC.
    dry_run
        Count only.

    Raises
    ------
    HomeError
        If an ingestion is at work.
    StoreUnavailableError
        If the store cannot be written.
    """
    told = periods.model_dump()
    ends = {
        name: now - told[name] * DAY
        for name in ("events", "decisions", "request_ids", "audit")
        if told[name] is not None
    }
    removed: dict[str, dict[str, int]] = {
        "store": home.stores.personal.expire(ends, dry_run=dry_run)
    }
    removed |= _files(home, told, now, dry_run=dry_run)
    changed = not dry_run and any(removed["store"].values())
    return Retained(removed, home.stores.personal.scrub() if changed else "")


def _files(
    home: Home, told: Mapping[str, Any], now: int, *, dry_run: bool
) -> dict[str, dict[str, int]]:
    settings = home.settings
    if settings is None:
        return {}
    folders = {"quarantine": settings.quarantine, "snapshots": settings.snapshots}
    removed = {
        "files": {
            name: expire_files(folder, now - told[name] * DAY, dry_run=dry_run)
            for name, folder in folders.items()
            if told[name] is not None and folder.is_dir()
        }
    }
    if told["tables"] and home.tables:
        ends = {name: now - days * DAY for name, days in told["tables"].items()}
        with locked(settings.tables, 0.0):
            removed["tables"] = expire_rows(
                settings.tables, settings.quarantine, ends, dry_run=dry_run
            )
    return removed
