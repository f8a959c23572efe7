"""How a template, a number and a unit become words."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Language = Literal["en", "fr"]
_BRACKET: Final = re.compile(r"\[([^|\]]*)\|([^\]]*)\]")
_FIELD: Final = re.compile(r"\{(\w+)\}")
_DECIMAL: Final[Mapping[Language, str]] = {"en": ".", "fr": ","}
_UNITS: Final[Mapping[str, tuple[str, str]]] = {
    "days": (" [day|days]", " [jour|jours]"),
    "hours": (" [hour|hours]", " [heure|heures]"),
    "minutes": (" [minute|minutes]", " [minute|minutes]"),
    "years": (" [year|years]", " [an|ans]"),
}
"""What follows a number of this unit; of the other units, nothing."""


@dataclass(frozen=True)
class Phrase:
    """What a column says of a customer, in two languages.

    Parameters
    ----------
    theme
        Columns of one theme say one thing: their effects are added up, and one phrase told.
    en, fr
        Templates. ``{value}`` is the column's own number, ``{other_column}`` another's, each in
        its unit; ``[day|days]`` is the singular or the plural by the last number before it.
    en_short, fr_short
        What is said where another column of the template is null; the template without it.
    en_null, fr_null
        What is said where the column itself is null.
    """

    theme: str
    en: str
    fr: str
    en_short: str = ""
    fr_short: str = ""
    en_null: str = ""
    fr_null: str = ""

    def said(
        self, column: str, values: Mapping[str, float], units: Mapping[str, str], language: Language
    ) -> str:
        """Return the phrase of one customer.

        Parameters
        ----------
        column
            Whose phrase this is.
        values, units
            The customer's numbers (NaN is null) and their units, by column.
        """
        template, short, null = (
            (self.en, self.en_short, self.en_null)
            if language == "en"
            else (self.fr, self.fr_short, self.fr_null)
        )
        if math.isnan(values[column]):
            return null
        named = {"value": column, **{name: name for name in _FIELD.findall(template)}}
        named["value"] = column
        others = (name for name in named.values() if name != column)
        if any(_says_nothing(values.get(c, math.nan), units.get(c, "")) for c in others):
            template = short or template
        return filled(template, {n: (values.get(c, math.nan), units.get(c, ""))
                                 for n, c in named.items()}, language)  # fmt: skip


def _says_nothing(value: float, unit: str) -> bool:
    """Whether a number beside the main one is null, or no time at all ("every 0 days")."""
    return math.isnan(value) or (unit == "days" and value < 1.0)


def filled(template: str, numbers: Mapping[str, tuple[float, str]], language: Language) -> str:
    """Put numbers, each with its unit, into a template and settle singulars and plurals."""
    parts: list[str] = []
    last = 0.0
    for k, part in enumerate(_FIELD.split(template)):
        if k % 2:
            value, unit = numbers[part]
            last = _rounded(value, unit)
            parts.append(number(value, unit, language))
        else:
            parts.append(_settled(part, last, language))
    return "".join(parts)


def number(value: float, unit: str, language: Language) -> str:
    """Write a number as people do: cents as money, shares as per cent, days whole."""
    mark = _DECIMAL[language]
    if unit == "cents":
        return f"{value / 100.0:.2f}".replace(".", mark)
    if unit == "share":
        return f"{value * 100.0:.0f} %" if language == "fr" else f"{value * 100.0:.0f}%"
    told = _rounded(value, unit)
    digits = f"{told:.0f}" if told == round(told) else f"{told:.1f}"
    after = _UNITS.get(unit, ("", ""))[0 if language == "en" else 1]
    return digits.replace(".", mark) + _settled(after, told, language)


def _rounded(value: float, unit: str) -> float:
    """Whole numbers from ten up, a decimal below: nobody reads 73.6 days."""
    if unit in ("count", "units", "lines", "persons") and value == round(value):
        return value
    return float(round(value)) if abs(value) >= 10.0 else round(value, 1)


def _settled(text: str, value: float, language: Language) -> str:
    one = abs(value) == 1.0 if language == "en" else abs(value) < 2.0
    return _BRACKET.sub(lambda m: m.group(1 if one else 2), text)
