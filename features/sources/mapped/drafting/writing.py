"""Writes the draft: YAML with comments, for a person to read and correct."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import yaml

from features.columns import CENTS, SOURCE
from features.sources.mapped.drafting.cells import decimal_mark
from features.sources.mapped.drafting.entries import Entry, entry
from features.sources.mapped.drafting.looking import Found, Seen
from features.sources.mapped.drafting.supplied import supplied, unit_price
from features.sources.mapped.drafting.tables import Guess, is_needed, named
from features.sources.mapped.drafting.words import FRENCH, bag, folded


@dataclass(frozen=True)
class Input:
    """One input of a table, as it will be written.

    Parameters
    ----------
    table
        The canonical table.
    lines
        YAML below the table's name.
    missing
        Mandatory columns that nothing was found for.
    """

    table: str
    lines: tuple[str, ...]
    missing: tuple[str, ...] = ()


def inputs_of(guess: Guess) -> list[Input]:
    """Write a table, and the identifiers that stand in it."""
    decimal = _decimal(guess)
    entries = supplied(guess, decimal)
    for column in guess.table.columns:
        if column.name in guess.columns:
            entries[column.name] = entry(guess.table.name, column, guess.columns[column.name])
    missing = [c for c in guess.table.columns if is_needed(guess.table, c)]
    missing = [column for column in missing if column.name not in entries]
    lines = [*_place(guess.found, decimal), "columns:"]
    lines += [
        f"  {_line(name, entries[name])}"
        for name in guess.table.names
        if name in entries and name != SOURCE
    ]
    lines += [f"  # MISSING {column.name}: {column.doc}" for column in missing]
    hashed = identifiers_in(guess, decimal)
    lines += _unused(guess, [seen for _, seen in hashed])
    first = Input(guess.table.name, tuple(lines), tuple(column.name for column in missing))
    return [first, *(one for one, _ in hashed)]


def _decimal(guess: Guess) -> str:
    numbers = [
        value
        for column in guess.table.columns
        if column.unit == CENTS and column.name in guess.columns
        for value in guess.columns[column.name].values
    ]
    price = unit_price(guess)
    return decimal_mark([*numbers, *(price.values if price else ())])


def _place(found: Found, decimal: str) -> list[str]:
    lines = [f"{key}: {flow(value)}" for key, value in found.place.items()]
    options = {"decimal": decimal} if decimal == "," else {}
    if found.encoding != "utf-8":
        options["encoding"] = found.encoding
    return [*lines, *([f"csv: {flow(options)}"] if options else [])]


def flow(value: object) -> str:
    """Render a value on one line of YAML."""
    text = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, width=10_000, sort_keys=False
    )
    return text.removesuffix("...\n").strip()


def _line(name: str, one: Entry) -> str:
    return f"{name}: {flow(one.spec)}{f'  # {one.note}' if one.note else ''}"


def _unused(guess: Guess, hashed: Sequence[Seen]) -> list[str]:
    used = {seen.name for seen in (*guess.columns.values(), *hashed)}
    price = unit_price(guess)
    used |= {price.name} if price else set()
    left = [seen.name for seen in guess.found.columns if seen.name not in used]
    return [f"# Not used: {', '.join(left)}"] if left else []


_HASHED = {"email": ("email_sha256", "email"), "phone": ("phone_sha256", "phone")}


def identifiers_in(guess: Guess, decimal: str) -> list[tuple[Input, Seen]]:
    """Write the e-mail addresses, phones and cards of a table of customers as identifiers."""
    owner, seen_at = guess.columns.get("customer_id"), guess.columns.get("signed_up_at")
    if guess.table.name != "customers" or owner is None or seen_at is None:
        return []
    column = next(c for c in guess.table.columns if c.name == "signed_up_at")
    moment = entry(guess.table.name, column, seen_at)
    inputs = []
    for kind in ("email", "phone", "loyalty_card"):
        seen = named("personal", kind, guess.found.columns)
        if seen is None:
            continue
        name, how = _HASHED.get(kind, (kind, ""))
        value: str | dict[str, object] = seen.name
        if how:
            value = {"column": seen.name, "hash": "sha256", "normalise": how}
        lines = [
            *_place(guess.found, decimal),
            f"where: {flow(_is_filled(seen))}",
            "columns:",
            f"  identifier_type: {flow({'constant': name})}",
            f"  value: {flow(value)}",
            f"  customer_id: {flow(owner.name)}",
            f"  {_line('observed_at', Entry(moment.spec, 'CHECK: known since the sign-up?'))}",
        ]
        inputs.append((Input("identifiers", tuple(lines)), seen))
    return inputs


def _is_filled(seen: Seen) -> str:
    name = '"' + seen.name.replace('"', '""') + '"'
    return f"trim(cast({name} as VARCHAR)) <> ''"


def products_from(lines: Guess) -> Input:
    """Write the articles that stand on the lines of sales, where no catalogue was found."""
    item = lines.columns["item_id"]
    decimal = _decimal(lines)
    called = named("columns", "name", lines.found.columns)
    rows = [*_place(lines.found, decimal), "one_row_per: [item_id]", "columns:"]
    rows.append(f"  item_id: {flow(item.name)}")
    if called is not None:
        rows.append(f"  name: {flow({'column': called.name, 'pick': 'most_frequent'})}")
    price = unit_price(lines)
    if price is not None:
        rows.append(f"  list_price: {flow({'column': price.name, 'pick': 'median'})}")
    return Input("products", ("# No catalogue found: the articles that were sold.", *rows))


def head(name: str, found: Iterable[Found]) -> list[str]:
    """Write what holds for the whole file."""
    columns = [seen for one in found for seen in one.columns]
    currency, sure = _currency(columns)
    french = sum(bool(bag(seen.name) & FRENCH) for seen in columns) >= 3
    zone = "Europe/Paris" if french else "UTC"
    return [
        "# Drafted from the files of this folder by nextbest ingest --init. Read it through: what",
        "# is marked CHECK was guessed. docs/sources.md says what each field takes.",
        "version: 1",
        f"name: {_name(name)}",
        f"currency: {currency}{'' if sure else '  # CHECK'}",
        f"time_zone: {zone}  # CHECK: what times without a zone mean",
        "",
        "tables:",
    ]


def _name(folder: str) -> str:
    name = folded(folder)[:40]
    return name if len(name) > 1 and name[0].isalpha() else "shop"


_MARKS = {"EUR": ("€", "eur"), "GBP": ("£", "gbp"), "USD": ("$", "usd")}


def _currency(columns: Sequence[Seen]) -> tuple[str, bool]:
    counts = {
        code: sum(
            (word in bag(seen.name)) + any(mark in value for value in seen.values[:100])
            for seen in columns
        )
        for code, (mark, word) in _MARKS.items()
    }
    best = max(counts, key=lambda code: counts[code])
    return best, counts[best] > 0
