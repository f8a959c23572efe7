"""The consent ledger: first decisions, later withdrawals."""

import numpy as np
import pandas as pd

from features.columns import ANALYTICS, MARKETING, PERSONALISATION, THIRD_PARTY_DATA
from features.sources.simulated.world import DAY, World

UNKNOWN_SHARE = 0.04
LATE_SHARE = 0.1
LATE_DAYS = 90
WITHDRAWN_SHARE = 0.06
THIRD_PARTY_MONTHS = 13
# purpose, channel, share that says yes
RATES = (
    (PERSONALISATION, "any", 0.90),
    (ANALYTICS, "any", 0.90),
    (MARKETING, "email", 0.65),
    (MARKETING, "post", 0.75),
    (MARKETING, "push", 0.35),
    (MARKETING, "sms", 0.30),
    (MARKETING, "phone", 0.20),
    (THIRD_PARTY_DATA, "any", 0.30),
)


def draw_consents(world: World, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the rows of ``consents``: one first decision per purpose, some withdrawals."""
    n = len(world.customers)
    asked = np.flatnonzero(rng.random(n) >= UNKNOWN_SHARE)
    first = world.first_at[asked]
    early = first - rng.integers(60, DAY, len(asked))
    late = first + rng.integers(DAY, LATE_DAYS * DAY, len(asked))
    recorded = np.where(rng.random(len(asked)) < LATE_SHARE, late, early)
    parts = []
    for purpose, channel, share in RATES:
        yes = rng.random(len(asked)) < share
        parts.append(
            pd.DataFrame(
                {
                    "customer_id": world.customers[asked],
                    "purpose": purpose,
                    "channel": channel,
                    "status": np.where(yes, "granted", "denied"),
                    "recorded_at": recorded,
                }
            )
        )
    rows = pd.concat(parts, ignore_index=True)
    rows = pd.concat([rows, _withdrawals(world, rows, rng)], ignore_index=True)
    rows = rows[rows["recorded_at"] <= world.end]
    return _with_expiry(rows)


def _withdrawals(world: World, rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    granted = rows[rows["status"] == "granted"]
    gone = granted[rng.random(len(granted)) < WITHDRAWN_SHARE]
    since = gone["recorded_at"].to_numpy() + DAY
    room = np.maximum(world.end - since, 0)
    when = since + (rng.random(len(gone)) * room).astype(np.int64)
    return gone.assign(status="withdrawn", recorded_at=when)


def _with_expiry(rows: pd.DataFrame) -> pd.DataFrame:
    lapses = (rows["purpose"] == THIRD_PARTY_DATA) & (rows["status"] == "granted")
    ends = rows["recorded_at"] + THIRD_PARTY_MONTHS * 30 * DAY
    return rows.assign(expires_at=ends.astype("Int64").where(lapses))
