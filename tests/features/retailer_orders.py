"""What the tiny retailer sells, and what comes back."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.random import Generator

DAY = 86_400
START = 1_600_000_000
SPAN = 400 * DAY


def sold_lines(
    customers: Sequence[str], items: Sequence[str], rng: Generator, more: Generator
) -> pd.DataFrame:
    """Draw ``transactions``: sales, some paid late, amended or brought back, and other lines."""
    rows = []
    for order in range(260):
        customer = customers[int(rng.integers(len(customers)) ** 2 // len(customers))]
        at = int(START + rng.integers(0, SPAN))
        for line, item in enumerate(rng.choice(len(items), int(rng.integers(1, 5)), replace=False)):
            rows.append((f"o{order}", line + 1, customer, items[item], at,
                         int(rng.integers(0, 900)), int(rng.integers(0, 90))))  # fmt: skip
    names = "order_id line_no customer_id item_id purchased_at amount discount"
    lines = pd.DataFrame(rows, columns=names.split())
    number = lines["order_id"].str[1:].astype(int)
    n = len(lines)
    lines["line_type"] = "sale"
    lines["quantity"] = more.integers(1, 4, n)
    lines["discount"] = lines["discount"].where(number % 3 > 0, 0)
    lines["channel"] = np.array(["shop", "shop", "web", "app"], dtype=object)[number % 4]
    online = lines["channel"] != "shop"
    lines["location_id"] = ("s" + (number % 3).astype(str)).astype(object).mask(online, None)
    # An order amended a week later, one order in ten.
    late = (number % 10 == 0) & (lines["line_no"] > 1)
    lines["purchased_at"] += late * 7 * DAY
    # Half of the customers tell when they pay, mostly.
    wait = more.integers(0, 40 * DAY, n)
    told = lines["customer_id"].isin(customers[::2]) & (more.random(n) < 0.8)
    lines["paid_at"] = (lines["purchased_at"] + wait).astype("Int64").where(told)
    came_back = more.random(n) < 0.06
    back = lines["purchased_at"] + more.integers(DAY, 30 * DAY, n)
    lines["returned_at"] = back.astype("Int64").where(came_back)
    every = pd.concat([lines, _other_lines(lines, more)], ignore_index=True)
    return every.astype({"paid_at": "Int64", "returned_at": "Int64"})


def _other_lines(lines: pd.DataFrame, more: Generator) -> pd.DataFrame:
    """Returns on credit notes, of which the first repeats a sold line's; fees; guests."""
    told = lines[lines["returned_at"].notna() & (lines["amount"] > 0)].head(1)
    other = lines[lines["returned_at"].isna() & (lines["amount"] > 0)].iloc[::25]
    back = pd.concat([told, other], ignore_index=True)
    back["purchased_at"] = back["returned_at"].fillna(
        (back["purchased_at"] + more.integers(0, 50 * DAY, len(back))).astype("Int64")
    ).astype("int64")  # fmt: skip
    back["line_type"] = "return"
    back["order_id"] = [f"r{k}" for k in range(len(back))]
    back[["quantity", "amount"]] *= -1
    fees = lines.iloc[::40].assign(line_type="fee", item_id=None, label="postage")
    fees["order_id"] = "fee-" + fees["order_id"] + "-" + fees["line_no"].astype(str)
    guests = lines.iloc[5::30].assign(customer_id=None)
    guests["order_id"] = "guest-" + guests["order_id"] + "-" + guests["line_no"].astype(str)
    extra = pd.concat([back, fees, guests], ignore_index=True)
    return extra.assign(line_no=1, discount=0, paid_at=pd.NA, returned_at=pd.NA)
