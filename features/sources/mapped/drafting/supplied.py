"""Canonical columns that no column of the folder is, but that others tell."""

from collections.abc import Callable, Mapping

from features.sources.mapped.drafting.cells import time_formats
from features.sources.mapped.drafting.entries import Entry
from features.sources.mapped.drafting.looking import Seen
from features.sources.mapped.drafting.tables import Guess, named
from features.sources.mapped.drafting.words import folded, meaning
from features.sources.mapped.quoting import quoted


def supplied(guess: Guess, decimal: str) -> dict[str, Entry]:
    """Describe the columns of a table that can be worked out.

    Parameters
    ----------
    decimal
        Decimal mark of the table's numbers in text.
    """
    work_out = _BY_TABLE.get(guess.table.name)
    entries = work_out(guess, decimal) if work_out else {}
    return {name: one for name, one in entries.items() if name not in guess.columns}


def _transactions(guess: Guess, decimal: str) -> dict[str, Entry]:
    columns = guess.columns
    entries: dict[str, Entry] = {}
    price = unit_price(guess)
    if "quantity" not in columns:
        entries["quantity"] = Entry({"constant": 1}, "CHECK: no quantity; each line is one unit.")
    elif price is not None:
        product = f"{number(columns['quantity'], decimal)} * {number(price, decimal)}"
        entries["amount"] = Entry({"sql": product}, f"quantity times {price.name}.")
    signed = columns.get("quantity", columns.get("amount"))
    if signed is not None and any(value.strip().startswith("-") for value in signed.values):
        negative = f"{number(signed, decimal)} < 0"
        entries["line_type"] = Entry(
            {"sql": f"case when {negative} then 'return' else 'sale' end"},
            f"CHECK: a negative {signed.name} is taken for a return.",
        )
    place = "shop" if "location_id" in columns else "web"
    entries["channel"] = Entry({"constant": place}, "CHECK: no channel; shop, web, app, ...")
    return entries


def _events(guess: Guess, _: str) -> dict[str, Entry]:
    visitor, moment = guess.columns.get("visitor_id"), guess.columns.get("occurred_at")
    if visitor is None or moment is None or time_formats(moment.values) != ["iso"]:
        return {}
    day = f"left(cast({quoted(moment.name)} as VARCHAR), 10)"
    sql = f"cast({quoted(visitor.name)} as VARCHAR) || '/' || {day}"
    return {"session_id": Entry({"sql": sql}, "CHECK: no session; one a visitor and day.")}


def _stock_levels(guess: Guess, decimal: str) -> dict[str, Entry]:
    sql = (
        f"case when {number(guess.columns['quantity'], decimal)} > 0"
        " then 'in_stock' else 'out_of_stock' end"
    )
    return {
        "location_id": Entry({"constant": "online"}, "CHECK: no place; all is one stock."),
        "status": Entry({"sql": sql}),
    }


def _feedback(guess: Guess, _: str) -> dict[str, Entry]:
    score = guess.columns["score"]
    names = [*folded(guess.found.title).split("_"), score.name]
    told = [meant for meant in (meaning("metric", name) for name in names) if meant]
    over_five = any(value.strip() in ("0", "6", "7", "8", "9", "10") for value in score.values)
    kind = "nps" if over_five and "ces" not in told else next(iter(told), "stars")
    return {"metric": Entry({"constant": kind}, "CHECK: nps, csat, ces or stars.")}


def _consents(guess: Guess, _: str) -> dict[str, Entry]:
    return {"purpose": Entry({"constant": "marketing"}, "CHECK: what the consent is for.")}


def _identifiers(guess: Guess, _: str) -> dict[str, Entry]:
    kind = meaning("identifier_type", guess.columns["value"].name)
    kind = kind or meaning("identifier_type", guess.found.title) or "crm_id"
    return {"identifier_type": Entry({"constant": kind}, "CHECK: what kind of identifier.")}


_BY_TABLE: Mapping[str, Callable[[Guess, str], dict[str, Entry]]] = {
    "transactions": _transactions,
    "events": _events,
    "stock_levels": _stock_levels,
    "feedback": _feedback,
    "consents": _consents,
    "identifiers": _identifiers,
}


def unit_price(guess: Guess) -> Seen | None:
    """Find the price of one unit on a line, where no amount is told."""
    used = {seen.name for seen in guess.columns.values()}
    left = [seen for seen in guess.found.columns if seen.name not in used]
    return named("columns", "list_price", left)


def number(seen: Seen, decimal: str) -> str:
    """Render a column as a number in an expression of ``sources.yaml``."""
    if seen.kind != "VARCHAR":
        return f"try_cast({quoted(seen.name)} as DOUBLE)"
    name = quoted(seen.name)
    plain = f"replace({name}, ',', '.')" if decimal == "," else name
    return f"try_cast({plain} as DOUBLE)"
