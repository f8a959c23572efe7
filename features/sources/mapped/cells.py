"""From a cell as it was given to a canonical value: numbers, money, yes and no, texts.

Each function renders SQL over ``given``, the SQL of a cell of a known type. A cell that cannot
be read becomes null and is told as a fault; an empty one is null and no fault.
"""

from dataclasses import dataclass

from features.sources.mapped.columns import ColumnMap
from features.sources.mapped.quoting import literal

TEXTS = ("VARCHAR",)
WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT",
         "UINTEGER", "UBIGINT", "UHUGEINT")  # fmt: skip
_TRUE = ("true", "t", "yes", "y", "1", "oui", "o", "vrai", "ja", "wahr", "si", "sí")
_FALSE = ("false", "f", "no", "n", "0", "non", "faux", "nein", "falsch")
# Eight digits after the point: room for mills, and for what binary fractions leave behind.
_EXACT = "DECIMAL(30, 8)"
_SIGNS = {"EUR": ("€",), "GBP": ("£",), "USD": ("[$]",), "JPY": ("¥",), "CNY": ("¥",),
          "INR": ("₹",), "KRW": ("₩",)}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """A canonical value in SQL.

    Parameters
    ----------
    value
        SQL of the value.
    reason, remedy
        What is wrong, and what to do, where a given cell has no value; empty when that cannot be.
    """

    value: str
    reason: str = ""
    remedy: str = ""


def is_text(kind: str) -> bool:
    """Tell whether a DuckDB type holds text."""
    return kind in TEXTS or kind.startswith("ENUM")


def trimmed(given: str) -> str:
    """Render the text of a cell without the blanks around it; an empty one is null."""
    return f"nullif(trim(cast({given} as VARCHAR), ' ' || chr(9) || chr(160)), '')"


def text_cell(given: str, kind: str, told: ColumnMap) -> Cell:
    """Read a text or an id. Whole numbers kept as fractions (12.0) are written whole."""
    if kind in ("DOUBLE", "FLOAT") or kind.startswith("DECIMAL"):
        whole = f"cast(cast({given} as HUGEINT) as VARCHAR)"
        given = f"case when {given} = trunc({given}) then {whole} else cast({given} as VARCHAR) end"
    value = trimmed(given)
    if told.hash:
        value = f"sha256({normalised(value, told)})"
    return Cell(value)


def normalised(value: str, told: ColumnMap) -> str:
    """Render a text in the form in which it is hashed; null when nothing is left of it."""
    if told.normalise == "phone":
        digits = f"regexp_replace({value}, '[^0-9]', '', 'g')"
        return f"nullif(regexp_replace({digits}, '^00', ''), '')"
    return value if told.normalise == "text" else f"lower({value})"


def exact(given: str, kind: str, decimal: str, currency: str = "") -> str:
    """Render a number without rounding errors; null where it is none.

    Thousands may be grouped by blanks, apostrophes or the mark that is not the decimal one, in
    threes only: with a decimal point, ``12,50`` is no number rather than 1,250. A minus may
    stand behind, and brackets mean minus.
    """
    if not is_text(kind):
        return f"try_cast({given} as {_EXACT})"
    cell = trimmed(given)
    # Most cells are plain, and a plain one is read in a third of the time.
    plain = rf"[+-]?[0-9]+(\{decimal}[0-9]+)?"
    pointed = f"translate({cell}, ',', '.')" if decimal == "," else cell
    number = f"try_cast({pointed} as {_EXACT})"
    return (
        f"case when regexp_full_match({cell}, '{plain}') then {number}"
        f" else {_dressed(cell, decimal, currency)} end"
    )


def _dressed(cell: str, decimal: str, currency: str) -> str:
    """Render a number with a currency, groups of thousands, an exponent or a minus of its own."""
    text = f"translate({cell}, chr(160) || chr(8239) || chr(8722), '  -')"
    if currency:
        marks = "|".join((*_SIGNS.get(currency, ()), currency))
        text = f"regexp_replace({text}, '^(-?)({marks}) ?| ?({marks})$', '\\1')"
    group = "," if decimal == "." else "."
    digits = (
        rf"([0-9]+|[0-9]{{1,3}}([ ''{group}][0-9]{{3}})+)?(\{decimal}[0-9]+)?([eE][+-]?[0-9]+)?"
    )
    bare = f"translate(regexp_replace({text}, '[() ''{group}]|-$', '', 'g'), ',', '.')"
    shape = rf"[+-]?{digits}|{digits}-|\({digits}\)"
    sign = f"case when {text} like '(%' or {text} like '%-' then -1 else 1 end"
    number = f"{sign} * try_cast({bare} as {_EXACT})"
    return f"case when regexp_full_match({text}, '{shape}') then {number} end"


def money_cell(given: str, kind: str, told: ColumnMap, decimal: str, currency: str) -> Cell:
    """Read an amount as whole cents; half a cent is rounded away from zero."""
    unit = "units" if told.unit is None else str(told.unit)
    digits = {"units": 0, "cents": 2}.get(unit)
    digits = int(unit) if digits is None else digits
    number = exact(given, kind, decimal, currency)
    cents = f"({number}) * {10 ** (2 - digits)}" if digits <= 2 else _divided(number, digits - 2)
    return Cell(
        f"try_cast(round({cents}) as BIGINT)",
        "not an amount",
        f"write it as 1234{decimal}56 in {currency}, or set unit and decimal of the column.",
    )


def _divided(number: str, digits: int) -> str:
    return f"({number}) * 0.{'1'.rjust(digits, '0')}"


def whole_cell(given: str, kind: str, decimal: str) -> Cell:
    """Read a whole number; a fraction is a fault, never rounded."""
    number = exact(given, kind, decimal)
    return Cell(
        f"case when ({number}) = trunc({number}) then try_cast({number} as BIGINT) end",
        "not a whole number",
        "write a whole number, or say in sql how it is rounded.",
    )


def number_cell(given: str, kind: str, decimal: str) -> Cell:
    """Read a number that may have a fraction."""
    return Cell(
        f"try_cast({exact(given, kind, decimal)} as DOUBLE)",
        "not a number",
        f"write it as 0{decimal}25, or set decimal of the column.",
    )


def flag_cell(given: str, kind: str) -> Cell:
    """Read yes or no, in the words of several languages."""
    if kind == "BOOLEAN":
        return Cell(given)
    text = f"lower({trimmed(given)})"
    yes, no = (", ".join(literal(word) for word in words) for words in (_TRUE, _FALSE))
    return Cell(
        f"case when {text} in ({yes}) then true when {text} in ({no}) then false end",
        "neither yes nor no",
        "write true or false, or list its words under values.",
    )


def vocabulary(given: str, told: ColumnMap) -> str:
    """Render a cell through the column's ``values``: what is not listed stays as it is."""
    text = trimmed(given)
    rest = _meant(told.values["*"]) if "*" in told.values else text
    cases = " ".join(
        f"when {literal(written)} then {_meant(meant)}"
        for written, meant in told.values.items()
        if written != "*"
    )
    return f"case {text} {cases} else {rest} end" if cases else rest


def _meant(value: str | None) -> str:
    return "cast(null as VARCHAR)" if value is None else literal(value)
