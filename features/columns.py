"""What a column and a table are, and the names that Python code spells more than once."""

from dataclasses import dataclass

CUSTOMER_ID = "customer_id"
ITEM_ID = "item_id"
AS_OF = "as_of"
SOURCE = "source"

PERSONALISATION = "personalisation"
ANALYTICS = "analytics"
MARKETING = "marketing"
THIRD_PARTY_DATA = "third_party_data"
PURPOSES = (PERSONALISATION, ANALYTICS, MARKETING, THIRD_PARTY_DATA)
MARKETING_CHANNELS = ("email", "sms", "push", "phone", "post")

SECONDS = "epoch s"
CENTS = "cents"


@dataclass(frozen=True)
class Column:
    """One column of a canonical table.

    Parameters
    ----------
    name
        As in the data contract.
    type
        ``VARCHAR``, ``BIGINT``, ``DOUBLE`` or ``BOOLEAN``.
    unit
        ``epoch s`` (UTC), ``cents``, ``count``, ``id``, ``text``, ...
    nullable
        Whether a row without this value is accepted.
    doc
        What it says, and what null means.
    low, high
        Accepted range, both ends included; None leaves the end open.
    values
        Accepted texts; empty accepts any.
    references
        ``table.column`` that must hold the value; empty for none.
    may_be_future
        A planned time (an end, an expiry), not an observed one.
    default
        SQL literal that stands for a value not given; empty for none.
    """

    name: str
    type: str
    unit: str
    nullable: bool
    doc: str
    low: int | None = None
    high: int | None = None
    values: tuple[str, ...] = ()
    references: str = ""
    may_be_future: bool = False
    default: str = ""


@dataclass(frozen=True)
class Check:
    """A rule over several columns of one row: ``fault`` is SQL that is true for a bad row."""

    column: str
    fault: str
    reason: str
    remedy: str


@dataclass(frozen=True)
class Table:
    """A canonical table: its key, its columns, and whether a run can do without it."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    required: bool = False
    checks: tuple[Check, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Column names, in storage order."""
        return tuple(column.name for column in self.columns)


def ident(name: str, doc: str, *, nullable: bool = False, references: str = "") -> Column:
    """Declare an external id."""
    return Column(name, "VARCHAR", "id", nullable, doc, references=references)


def text(
    name: str,
    doc: str,
    *,
    values: tuple[str, ...] = (),
    nullable: bool | None = None,
    default: str = "",
) -> Column:
    """Declare a text: nullable unless its values are listed or told otherwise."""
    nulls = not values if nullable is None else nullable
    filled = f"'{default}'" if default else ""
    return Column(name, "VARCHAR", "text", nulls, doc, values=values, default=filled)


def instant(name: str, doc: str, *, nullable: bool = False, may_be_future: bool = False) -> Column:
    """Declare a time in epoch seconds, UTC."""
    return Column(
        name, "BIGINT", SECONDS, nullable, doc, low=0, high=32_503_680_000,
        may_be_future=may_be_future,
    )  # fmt: skip


def money(name: str, doc: str, *, nullable: bool = False, low: int | None = 0) -> Column:
    """Declare an amount in cents of the shop's currency; negative only where ``low`` is None."""
    return Column(name, "BIGINT", CENTS, nullable, doc, low=low)


def count(
    name: str, doc: str, *, nullable: bool = False, low: int | None = 0, high: int | None = None
) -> Column:
    """Declare a whole number within a range."""
    return Column(name, "BIGINT", "count", nullable, doc, low=low, high=high)
