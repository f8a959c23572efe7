"""Stock levels: a start, stock-outs through the year, a last count.

A stock-out in a shop lies between two real sales of the item there, so the simulated shelf
never contradicts a real receipt. Nothing was sold online, so online stock-outs lie anywhere.
"""

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from features.sources.simulated.world import DAY, HOUR, Ints, World

ONLINE = "online"
MIN_SALES = 5
SHOPS = 20
ONLINE_OUTS_PER_YEAR = 2.0
SHOP_OUT_SHARE = 0.02  # of the sales lines of a shop
MIN_OUT_DAYS, MAX_OUT_DAYS = 1.0, 10.0
OUT_AT_END = 0.05
DISCONTINUED = 0.01
MEAN_UNITS = 30.0

_PAIRS = """
with busiest as (
    select location_id from main.transactions where amount > 0 and location_id is not null
    group by location_id order by count(*) desc, location_id limit $shops
)
select i.index as item, 'online' as location_id, cast(-1 as bigint) as last_sale
from sim_items i where i.sales >= $min_sales
union all
select i.index, t.location_id, max(t.purchased_at)
from main.transactions t join sim_items i using (item_id) semi join busiest using (location_id)
where t.amount > 0
group by all
order by item, location_id
"""

_SALES = """
select i.index as item, t.location_id, t.purchased_at as since,
    lead(t.purchased_at) over (
        partition by i.index, t.location_id order by t.purchased_at, t.order_id, t.line_no
    ) as next_sale
from main.transactions t join sim_items i using (item_id)
where t.amount > 0 and t.location_id in (select unnest($locations))
order by item, location_id, since, next_sale
"""


def draw_stock(con: DuckDBPyConnection, world: World, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the rows of ``stock_levels``, with the item index in ``item``."""
    pairs = con.execute(_PAIRS, {"shops": SHOPS, "min_sales": MIN_SALES}).df()
    online = pairs[pairs["location_id"] == ONLINE]
    outs = pd.concat(
        [_online_outs(world, online, rng), _shop_outs(con, world, pairs, rng)], ignore_index=True
    )
    last_at = world.end - rng.integers(HOUR, DAY, len(pairs))
    outs = _before_last(outs, pairs, last_at)
    gone = outs.assign(quantity=0, status="out_of_stock")
    back = outs.assign(as_of=outs["until"], quantity=_units(len(outs), rng), status="in_stock")
    first = pairs.assign(as_of=world.start, quantity=_units(len(pairs), rng), status="in_stock")
    rows = pd.concat([first, gone, back, _last(world, pairs, last_at, rng)], ignore_index=True)
    rows["item_id"] = world.items[rows["item"]]
    keys = ["item", "location_id", "as_of"]
    rows = rows.sort_values([*keys, "quantity"], kind="stable").drop_duplicates(keys)
    return rows[[*keys, "item_id", "quantity", "status"]].reset_index(drop=True)


def _units(size: int, rng: np.random.Generator) -> Ints:
    return rng.geometric(1 / MEAN_UNITS, size).astype(np.int64)


def _online_outs(world: World, online: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    years = (world.end - world.start) / (365 * DAY)
    # One stock-out a stretch of time, so that two of the same item never overlap.
    stretches = max(1, round(ONLINE_OUTS_PER_YEAR * years * 2))
    length = (world.end - world.start) // stretches
    item = np.repeat(online["item"].to_numpy(), stretches)
    base = world.start + np.tile(np.arange(stretches) * length, len(online))
    lasts = _lengths(len(item), rng)
    room = np.maximum(length - lasts - HOUR, 1)
    start = base + HOUR + (rng.random(len(item)) * room).astype(np.int64)
    outs = pd.DataFrame(
        {"item": item, "location_id": ONLINE, "as_of": start, "until": start + lasts}
    )
    return outs[(rng.random(len(item)) < 0.5) & (lasts + HOUR < length)]


def _shop_outs(
    con: DuckDBPyConnection, world: World, pairs: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    shops = sorted(set(pairs["location_id"]) - {ONLINE})
    sales = con.execute(_SALES, {"locations": shops}).df()
    chosen = sales[rng.random(len(sales)) < SHOP_OUT_SHARE]
    start = chosen["since"].to_numpy() + rng.integers(HOUR, 6 * HOUR, len(chosen))
    until = np.minimum(
        start + _lengths(len(chosen), rng),
        chosen["next_sale"].fillna(world.end).to_numpy().astype(np.int64) - 60,
    )
    outs = pd.DataFrame(
        {
            "item": chosen["item"].to_numpy(),
            "location_id": chosen["location_id"].to_numpy(),
            "as_of": start,
            "until": until,
        }
    )
    long_enough = pd.Series(until - start >= MIN_OUT_DAYS * DAY, index=outs.index)
    return outs.loc[long_enough]


def _lengths(size: int, rng: np.random.Generator) -> Ints:
    return (rng.uniform(MIN_OUT_DAYS, MAX_OUT_DAYS, size) * DAY).astype(np.int64)


def _before_last(outs: pd.DataFrame, pairs: pd.DataFrame, last_at: Ints) -> pd.DataFrame:
    known = pairs[["item", "location_id"]].assign(last_at=last_at)
    outs = outs.merge(known, on=["item", "location_id"], how="inner")
    return outs[outs["until"] < outs["last_at"]].drop(columns="last_at").reset_index(drop=True)


def _last(
    world: World, pairs: pd.DataFrame, last_at: Ints, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw the last count: some items are gone for good everywhere, some pairs are out."""
    gone = (rng.random(len(world.items)) < DISCONTINUED)[pairs["item"]]
    free = pairs["last_sale"].to_numpy() < last_at
    # Pairs that sold after the count cannot be out: the others make up for them.
    share = OUT_AT_END / max(float(np.mean(free & ~gone)), OUT_AT_END)
    out = free & ~gone & (rng.random(len(pairs)) < share)
    gone &= free
    quantity = np.where(gone | out, 0, _units(len(pairs), rng))
    status = np.where(gone, "discontinued", np.where(out, "out_of_stock", "in_stock"))
    return pairs.assign(as_of=last_at, quantity=quantity, status=status)
