"""What ``sources.yaml`` may say: the file, its tables, and where the rows of a table lie."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from features.schemas import SIMULATED, TABLES
from features.sources.base import YIELDING
from features.sources.mapped.checks import check_columns, check_weights
from features.sources.mapped.columns import ColumnMap, Strict, check_zone
from features.sources.mapped.suggesting import suggest


class CsvOptions(Strict):
    """How a text file is written."""

    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """Found in the first line (comma, semicolon, tab or bar) when left out."""
    quote: str = Field(default='"', max_length=1)
    decimal: Literal[".", ","] = "."
    encoding: str = "utf-8"
    """Any name that Python knows, as ``latin-1`` or ``cp1252``."""
    header: bool = True
    """False: the columns are called ``column1``, ``column2``, ..."""

    @field_validator("encoding")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            "".encode(name)
        except LookupError as error:
            raise ValueError(f"{name!r} is not an encoding; try utf-8, cp1252, latin-1.") from error
        return name


class Since(Strict):
    """A column that grows when a row is added or changed: only changed windows are read."""

    column: str
    window: Literal["day", "month", "year"] | int = "month"
    """Width of a window: of time, or for a whole number how many values."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: object) -> object:
        return {"column": given} if isinstance(given, str) else given

    @field_validator("window")
    @classmethod
    def _wide(cls, window: str | int) -> str | int:
        if isinstance(window, int) and window < 1:
            raise ValueError(f"{window} is not a width; give 1 or more.")
        return window


class Database(Strict):
    """A table of a database: exactly one of ``duckdb``, ``sqlite``, ``url_env``."""

    duckdb: str | None = None
    """Path of a DuckDB file, from the folder of ``sources.yaml``."""
    sqlite: str | None = None
    """Path of a SQLite file, from the folder of ``sources.yaml``."""
    url_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    """Environment variable that holds ``postgresql://user:password@host:port/database``."""
    table: str
    schema_: str | None = Field(default=None, alias="schema")
    """Of PostgreSQL and DuckDB: ``public`` and ``main`` when left out."""
    since: Since | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        places = [name for name in ("duckdb", "sqlite", "url_env") if getattr(self, name)]
        if len(places) != 1:
            raise ValueError(
                f"give exactly one of duckdb, sqlite, url_env; found {places or 'none'}."
            )
        return self


class SetAside(Strict):
    """Rows that are deliberately not loaded, and why."""

    when: str
    reason: str = Field(min_length=3)


class TableInput(Strict):
    """Where the rows of one canonical table come from, and what each column means."""

    files: str | None = None
    """Glob from the folder of ``sources.yaml``: .csv, .tsv, .txt (also .gz) or .parquet."""
    csv: CsvOptions = CsvOptions()
    database: Database | None = None
    derived: dict[str, str] = Field(default_factory=dict)
    """Name -> expression: columns for the other expressions, each may use those above it."""
    columns: dict[str, ColumnMap]
    where: str | None = None
    """Condition: other rows are no rows of this table."""
    set_aside: tuple[SetAside, ...] = ()
    """The first that holds names the reason."""
    one_row_per: tuple[str, ...] = ()
    """Canonical columns: all files together give one row for each of their values."""

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if (self.files is None) == (self.database is None):
            raise ValueError("give either files or database.")
        for name in self.one_row_per:
            if name not in self.columns:
                raise ValueError(f"one_row_per: {name} is not among columns.")
        if self.one_row_per and self.database and self.database.since:
            raise ValueError("one_row_per reads the whole table; leave since out.")
        if self.one_row_per and any(column.number_within for column in self.columns.values()):
            raise ValueError("number_within numbers the rows of the input; leave one_row_per out.")
        if self.one_row_per and self.set_aside:
            raise ValueError("set_aside counts rows of the input; with one_row_per use where.")
        picking = [name for name, column in self.columns.items() if column.pick]
        if picking and not self.one_row_per:
            raise ValueError(f"columns.{picking[0]}: pick goes with one_row_per.")
        return self


class SourceFile(Strict):
    """A whole ``sources.yaml``."""

    version: Literal[1]
    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")
    """Of the source: written into the column ``source`` of each row."""
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    """ISO 4217 code of the shop's one currency: no other may stand beside an amount."""
    time_zone: str
    """IANA name: what times without a zone mean."""
    folder_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    """Environment variable that holds the folder of the files, instead of this file's own."""
    event_weights: dict[str, float] = Field(default_factory=dict)
    """Event type -> how much interest it shows; fills ``events.weight`` where it is not mapped."""
    tables: dict[str, tuple[TableInput, ...]]

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, name: str) -> str:
        return check_zone(name)

    @field_validator("name")
    @classmethod
    def _free(cls, name: str) -> str:
        if name in (SIMULATED, *YIELDING):
            raise ValueError(f"{name!r} has a meaning of its own; choose another name.")
        return name

    @field_validator("event_weights")
    @classmethod
    def _weights(cls, weights: dict[str, float]) -> dict[str, float]:
        check_weights(weights)
        return weights

    @field_validator("tables", mode="before")
    @classmethod
    def _several(cls, tables: object) -> object:
        if not isinstance(tables, dict):
            return tables
        return {k: v if isinstance(v, (list, tuple)) else (v,) for k, v in tables.items()}

    @model_validator(mode="after")
    def _known(self) -> Self:
        for table, inputs in self.tables.items():
            if table not in TABLES:
                raise ValueError(f"tables: {table!r} is not a table; {suggest(table, TABLES)}")
            for one in inputs:
                check_columns(table, one.columns)
        return self
