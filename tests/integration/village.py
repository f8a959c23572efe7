"""A village shop: a small retailer drawn from a seed, with habits that models can learn."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from features.sources.base import Portion

DAY = 86_400
START = 1_704_067_200  # 2024-01-01
DAYS = 330
END = START + DAYS * DAY
NOW = END + DAY
"""When the village's decisions are taken: the morning after its last day."""

N_CUSTOMERS, N_NEWCOMERS, N_ITEMS, N_SHOPS = 240, 5, 160, 4
N_FAVOURITES = 14
CAMPAIGNS = {"campaign_type_a": range(60, 300, 24), "campaign_type_b": (90, 200)}
CAMPAIGN_DAYS = 14


@dataclass(frozen=True)
class Village:
    """A ``Source``: purchases with favourites and gaps, customers who leave, campaigns.

    Parameters
    ----------
    seed
        The same seed gives the same rows.
    extra
        Rows added to the drawn ones, by table.
    without
        Customers whose purchases, exposures and outcomes are left out.
    until
        Rows dated at or after it are left out; None for none.
    """

    seed: int = 11
    extra: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    until: int | None = None
    name: str = "village"

    def portions(self) -> Sequence[Portion]:
        return (Portion("all", self.fingerprint, self.load),)

    def fingerprint(self) -> str:
        text = repr((self.seed, sorted(self.without), self.until, sorted(self.extra)))
        return hashlib.sha256(text.encode()).hexdigest()

    def load(self, con: DuckDBPyConnection) -> None:
        for table, rows in self.frames().items():
            con.register("drawn", rows)
            con.execute(f"create or replace table raw.{table} as select * from drawn")
            con.unregister("drawn")

    def frames(self) -> dict[str, pd.DataFrame]:
        """The raw tables, cut and completed as the fields say."""
        drawn = draw(self.seed)
        for table, rows in self.extra.items():
            drawn[table] = pd.concat([drawn[table], rows], ignore_index=True)
        for table, moment in MOMENTS.items():
            rows = drawn[table]
            kept = ~rows["customer_id"].isin(self.without)
            if self.until is not None:
                kept &= rows[moment] < self.until
            drawn[table] = rows[kept].reset_index(drop=True)
        return drawn


MOMENTS = {"transactions": "purchased_at", "exposures": "exposed_at", "outcomes": "occurred_at"}


def draw(seed: int) -> dict[str, pd.DataFrame]:
    """Draw every table; one generator each, so that one rule does not disturb another."""
    who, buys, mail = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(3))
    customers = np.array([f"c{k:03d}" for k in range(N_CUSTOMERS)], dtype=object)
    items = np.array([f"i{k:03d}" for k in range(N_ITEMS)], dtype=object)
    gap = who.lognormal(np.log(7.0), 0.5, N_CUSTOMERS)
    leaves = who.random(N_CUSTOMERS) < 0.55
    last_day = np.where(leaves, who.uniform(50, DAYS, N_CUSTOMERS), DAYS)
    prices = who.integers(80, 1500, N_ITEMS)
    exposures, outcomes = _campaigns(customers, gap, last_day, mail)
    return {
        "products": _products(items, prices),
        "customers": _customers(customers, who),
        "transactions": _transactions(customers, items, prices, gap, last_day, buys),
        "exposures": exposures,
        "outcomes": outcomes,
    }


def _products(items: np.ndarray, prices: np.ndarray) -> pd.DataFrame:
    kinds = [(k % 8, k % 24) for k in range(len(items))]
    return pd.DataFrame(
        {
            "item_id": items,
            "name": [f"Thing {item}" for item in items],
            "category_path": [f"aisle{a % 3} > shelf{a} > box{b}" for a, b in kinds],
            "brand": np.where(np.arange(len(items)) % 3 == 0, "Own", "National"),
            "list_price": prices,
            "status": np.where(np.arange(len(items)) == len(items) - 1, "discontinued", "active"),
        }
    )


def _customers(customers: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    newcomers = [f"new{k}" for k in range(N_NEWCOMERS)]
    everyone = [*customers, *newcomers]
    bands = np.array(["25-34", "45-54", "65+", None], dtype=object)
    signed_up = pd.array([pd.NA] * len(customers) + [END - 40 * DAY] * N_NEWCOMERS, dtype="Int64")
    return pd.DataFrame(
        {
            "customer_id": everyone,
            "signed_up_at": signed_up,
            "age_band": bands[rng.integers(0, len(bands), len(everyone))],
            "household_size": rng.integers(1, 5, len(everyone)).astype(str),
        }
    )


def _transactions(
    customers: np.ndarray,
    items: np.ndarray,
    prices: np.ndarray,
    gap: np.ndarray,
    last_day: np.ndarray,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Orders a customer's own gap apart, until they leave; half of each is favourites."""
    popularity = 1.0 / np.arange(1, len(items) + 1) ** 0.7
    popularity /= popularity.sum()
    rows = []
    for k, customer in enumerate(customers):
        favourites = rng.choice(len(items), N_FAVOURITES, replace=False, p=popularity)
        day = rng.uniform(0, 20)
        while day < last_day[k]:
            own = rng.choice(favourites, int(rng.integers(1, 4)), replace=False)
            other = rng.choice(len(items), int(rng.integers(1, 3)), replace=False, p=popularity)
            order, at = f"o{k:03d}-{day:.3f}", START + int(day * DAY)
            bought = np.unique(np.concatenate([own, other]))
            rows += [
                (order, line, customer, items[i], at, 1, int(prices[i]), 0, "shop", f"s{k % 4}")
                for line, i in enumerate(bought.tolist(), start=1)
            ]
            day += max(0.2, rng.gamma(4.0, gap[k] / 4.0))
    names = [
        "order_id", "line_no", "customer_id", "item_id", "purchased_at", "quantity", "amount",
        "discount", "channel", "location_id",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def _campaigns(
    customers: np.ndarray, gap: np.ndarray, last_day: np.ndarray, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mailings that frequent customers answer, and those who have left do not."""
    shown, answered = [], []
    for action, days in CAMPAIGNS.items():
        for day in days:
            ends = START + (day + CAMPAIGN_DAYS) * DAY
            for k in rng.choice(len(customers), 120, replace=False).tolist():
                decision = f"{action}-{day}-{customers[k]}"
                shown.append((decision, customers[k], action, START + day * DAY, ends, str(day)))
                answers = 0.6 * (last_day[k] > day) * np.exp(-gap[k] / 12.0)
                if action == "campaign_type_a" and rng.random() < answers:
                    at = START + int((day + rng.uniform(1, CAMPAIGN_DAYS)) * DAY)
                    answered.append((f"r-{decision}", decision, customers[k], action, at))
    exposures = pd.DataFrame(
        shown,
        columns=["decision_id", "customer_id", "action_id", "exposed_at", "ends_at", "campaign_id"],
    ).assign(channel="post", arm="policy")
    outcomes = pd.DataFrame(
        answered, columns=["outcome_id", "decision_id", "customer_id", "action_id", "occurred_at"]
    ).assign(outcome="accepted")
    return exposures, outcomes
