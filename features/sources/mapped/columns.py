"""What ``sources.yaml`` may say about one column."""

import re
from typing import Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, model_validator

TIME_UNITS = ("iso", "epoch_s", "epoch_ms", "epoch_us")
MONEY_UNITS = ("units", "cents")
Pick = Literal["most_frequent", "median", "first", "last", "min", "max", "sum"]


class Strict(BaseModel):
    """Frozen, and closed to names it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def check_zone(name: str) -> str:
    """Return the name of a time zone if it is one.

    Raises
    ------
    ValueError
        If the IANA database does not list it.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            f"{name!r} is not a time zone; write an IANA name, as Europe/Paris or UTC."
        ) from error
    return name


class ColumnMap(Strict):
    """How a canonical column is filled.

    One of ``column``, ``constant``, ``sql`` and ``number_within`` is given; in YAML a bare text
    is short for ``column``.
    """

    column: str | None = None
    """Name of the column of the input."""
    constant: str | int | float | bool | None = None
    """The same value on every row, written as a cell of the input would be."""
    sql: str | None = None
    """One scalar expression over the columns of the input: see ``expressions``."""
    number_within: str | None = None
    """A canonical column: rows are numbered from 1 within its values, in the order of the input."""
    unit: str | int | None = None
    """Money: ``units``, ``cents``, or how many decimal digits the number carries without a point.
    Times: ``iso``, ``epoch_s``, ``epoch_ms``, ``epoch_us``."""
    decimal: Literal[".", ","] | None = None
    """Decimal mark of numbers in text; the input's own when left out."""
    format: tuple[str, ...] = ()
    """``strptime`` formats of a time in text, tried in order."""
    time_zone: str | None = None
    """Zone of times that name none; the file's own when left out."""
    day: Literal["start", "end"] = "start"
    """Which moment a bare date stands for."""
    values: dict[str, str | None] = Field(default_factory=dict)
    """What is written -> what is meant; ``"*"`` stands for every other value."""
    hash: Literal["sha256"] | None = None
    """Keep the digest only, so that the identifier in clear is not stored."""
    normalise: Literal["email", "phone", "text"] | None = None
    """Before hashing: ``text`` trims, ``email`` (the default) lower-cases too, ``phone`` keeps
    digits only and drops a leading 00."""
    pick: Pick | None = None
    """With ``one_row_per``: which value of the group stays; ``first`` when left out."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: object) -> object:
        given = {"column": given} if isinstance(given, str) else given
        if isinstance(given, dict) and isinstance(given.get("format"), str):
            return {**given, "format": (given["format"],)}
        return given

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        origins = ("column", "constant", "sql", "number_within")
        told = [name for name in origins if getattr(self, name) is not None]
        if len(told) != 1:
            raise ValueError(f"give exactly one of {', '.join(origins)}; found {told or 'none'}.")
        if self.time_zone is not None:
            check_zone(self.time_zone)
        if self.normalise and not self.hash:
            raise ValueError("normalise goes with hash: sha256.")
        if any(not re.search("%[A-Za-z]", one) for one in self.format):
            raise ValueError("format is a strptime format, as %d/%m/%Y %H:%M.")
        return self
