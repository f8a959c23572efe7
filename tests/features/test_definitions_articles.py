"""Columns of articles, brands, prices and peers, recomputed in plain Python."""

import math
from collections import Counter
from collections.abc import Callable, Mapping

import pandas as pd
import pytest

from tests.features.recount import (
    DAY,
    Row,
    Rows,
    compare,
    mean,
    ratio,
    recent,
    rows_of,
    sales,
)

Frames = Mapping[str, pd.DataFrame]
PERIOD = 28 * DAY


def spread(spend: Counter[str]) -> tuple[float | None, float | None]:
    """Entropy in nats and Herfindahl index."""
    total = sum(spend.values())
    shares = [value / total for value in spend.values()]
    if not shares:
        return None, None
    return -sum(p * math.log(p) for p in shares), sum(p * p for p in shares)


def by_group(shop: Rows, lines: list[Row], column: str) -> Counter[str]:
    value = {row["item_id"]: row[column] for row in shop["products"]}
    spend: Counter[str] = Counter()
    for line in lines:
        group = value[line["item_id"]]
        if group and column == "category_path":
            levels = group.split(" > ")
            group = levels[1] if len(levels) > 1 else levels[0]
        if group:
            spend[group] += line["amount"]
    return spend


def assortment(shop: Rows, customer: str, as_of: int) -> Row:
    lines = sales(shop, customer, as_of)
    year, quarter = (recent(lines, "purchased_at", as_of, days) for days in (365, 90))
    times = Counter(line["item_id"] for line in lines)
    of_year = {line["item_id"] for line in year}
    first: dict[str, int] = {}
    for line in lines:
        first[line["item_id"]] = min(first.get(line["item_id"], as_of), line["purchased_at"])
    categories = by_group(shop, year, "category_path")
    brands = by_group(shop, year, "brand")
    earlier = by_group(
        shop, [x for x in year if as_of - x["purchased_at"] > 90 * DAY], "category_path"
    )
    return {
        "items_90d": len({line["item_id"] for line in quarter}),
        "new_items_90d": sum(as_of - at <= 90 * DAY for at in first.values()),
        "repeated_items_share_365d": mean([times[item] >= 2 for item in of_year]),
        "staple_items_365d": sum(times[item] >= 5 for item in of_year),
        "categories_90d": len(by_group(shop, quarter, "category_path")),
        "new_categories_90d": len(set(categories) - set(earlier)),
        "category_entropy_365d": spread(categories)[0],
        "category_concentration_365d": spread(categories)[1],
        "brands_365d": len(brands),
        "top_brand_share_365d": ratio(max(brands.values(), default=0), sum(brands.values())),
        "brand_entropy_365d": spread(brands)[0],
    }


def _sold(shop: Rows, period: int, back: int) -> dict[str, tuple[int, int, int]]:
    """Value before discounts, units and lines by article, in the periods before one."""
    sold: dict[str, tuple[int, int, int]] = {}
    for line in shop["transactions"]:
        age = period - line["purchased_at"] // PERIOD
        if line["line_type"] == "sale" and line["amount"] > 0 and 1 <= age <= back:
            value, units, lines = sold.get(line["item_id"], (0, 0, 0))
            sold[line["item_id"]] = (
                value + line["amount"] + line["discount"], units + line["quantity"], lines + 1,
            )  # fmt: skip
    return sold


def prices(shop: Rows, customer: str, as_of: int) -> Row:
    lines = sales(shop, customer, as_of)
    year = recent(lines, "purchased_at", as_of, 365)
    paid = usual_value = priced = bargains = new = own = branded = 0
    brand = {row["item_id"]: row["brand"] for row in shop["products"]}
    for line in year:
        sold = _sold(shop, line["purchased_at"] // PERIOD, 13).get(line["item_id"])
        if sold:
            usual = math.floor(sold[0] * line["quantity"] / sold[1] + 0.5)
            paid, usual_value, priced = paid + line["amount"], usual_value + usual, priced + 1
            bargains += line["amount"] * 10 < usual * 9
        earlier = [
            x for x in lines
            if x["item_id"] == line["item_id"]
            and 0 < line["purchased_at"] - x["purchased_at"] <= 365 * DAY
        ]  # fmt: skip
        new += 0 if earlier else line["amount"]
        own += line["amount"] * (brand[line["item_id"]] == "Private")
        branded += line["amount"] * (brand[line["item_id"]] is not None)
    spend = sum(line["amount"] for line in year)
    return {
        "price_index_365d": ratio(paid, usual_value),
        "bargain_lines_share_365d": ratio(bargains, priced),
        "new_items_spend_share_365d": ratio(new, spend),
        "own_brand_share_365d": ratio(own, branded),
    }


def peers(shop: Rows, customer: str, as_of: int) -> Row:
    stand: dict[str, tuple[int, int, int]] = {}
    for who in {row["customer_id"] for row in shop["customers"]}:
        year = recent(sales(shop, who, as_of), "purchased_at", as_of, 365)
        if year:
            times = {line["purchased_at"] for line in year}
            stand[who] = (sum(line["amount"] for line in year), len(times), max(times))
    names = ("spend_rank_365d", "orders_rank_365d", "recency_rank_365d")
    if customer not in stand:
        return dict.fromkeys(names)
    return {
        name: ratio(sum(other[k] < stand[customer][k] for other in stand.values()), len(stand) - 1)
        for k, name in enumerate(names)
    }


@pytest.mark.parametrize("expected", [assortment, prices, peers])
def test_against_plain_python(
    expected: Callable[[Rows, str, int], Row], shop: Frames, whole_snapshot: pd.DataFrame
):
    rows = rows_of(shop)
    alive = compare(whole_snapshot, expected, rows)
    assert alive == set(expected(rows, "c00", 1_634_000_000)), "a column is never anything but 0"


def test_best_sellers_are_those_of_the_periods_before(
    opened: Callable[[Frames], object], shop: Frames
):
    """With 25 articles everything sold is a best seller; 120 articles leave some out."""
    from features.snapshot import build_snapshot

    start = 600 * PERIOD
    rows = [
        # Articles 0 to 99 sell twice in the period before, the other twenty once.
        (f"a{k}-{n}", "crowd", f"x{k:03d}", start + k)
        for k in range(120)
        for n in range(2 if k < 100 else 1)
    ]
    rows += [("b1", "c", "x099", start + PERIOD), ("b2", "c", "x100", start + PERIOD + 1)]
    names = ["order_id", "customer_id", "item_id", "purchased_at"]
    lines = pd.DataFrame(rows, columns=names).assign(
        line_no=1, line_type="sale", quantity=1, discount=0, channel="web", source="test",
        amount=lambda frame: (frame["item_id"] == "x099") * 200 + 100,
    )  # fmt: skip
    items = pd.DataFrame({"item_id": [f"x{k:03d}" for k in range(120)]})
    con = opened({"transactions": lines, "products": items.assign(status="active", source="test")})
    as_of = start + 2 * PERIOD
    table = build_snapshot(
        con, [as_of], honour_consents=False, columns=["best_seller_share_365d"]
    ).to_pandas()  # fmt: skip
    share = table.set_index("customer_id")["best_seller_share_365d"]
    assert share["c"] == 0.75
    assert share["crowd"] == 0, "nothing sold before the first period"
