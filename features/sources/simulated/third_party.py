"""Attributes bought from two providers that do not exist."""

import numpy as np
import pandas as pd

from features.columns import THIRD_PARTY_DATA
from features.sources.simulated.world import DAY, Ints, Texts, World

MATCH_SHARE = 0.7  # of those who granted: the provider knows them
STRAY_SHARE = 0.05  # of those who did not: in the provider's file all the same
RENEWED_SHARE = 0.5
LICENCE_DAYS = 180
# attribute, provider, values, shares
ATTRIBUTES = (
    ("lifestyle", "panel-one", ("family", "urban", "retired", "student"), (0.4, 0.3, 0.2, 0.1)),
    ("car", "panel-one", ("yes", "no"), (0.75, 0.25)),
    ("affluence", "geo-two", tuple("12345"), (0.2, 0.2, 0.2, 0.2, 0.2)),
)


def draw_third_party(
    world: World, consents: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw the rows of ``third_party``: after a grant, and a few that no grant covers.

    Parameters
    ----------
    consents
        Rows of ``consents``; the grants of ``third_party_data`` count.
    """
    granted = consents[
        (consents["purpose"] == THIRD_PARTY_DATA) & (consents["status"] == "granted")
    ].drop_duplicates("customer_id")
    matched = granted[rng.random(len(granted)) < MATCH_SHARE]
    others = world.customers[~np.isin(world.customers, granted["customer_id"])]
    stray = others[rng.random(len(others)) < STRAY_SHARE]
    who: Texts = np.concatenate([matched["customer_id"].to_numpy(dtype=object), stray])
    since = np.concatenate([matched["recorded_at"].to_numpy(), np.full(len(stray), world.start)])
    obtained = since.astype(np.int64) + rng.integers(DAY, 90 * DAY, len(who))
    first = pd.concat([_values(who, obtained, attribute, rng) for attribute in ATTRIBUTES])
    renewed = first[rng.random(len(first)) < RENEWED_SHARE]
    later = renewed.assign(obtained_at=renewed["expires_at"])
    rows = pd.concat([first, later.assign(expires_at=later["obtained_at"] + LICENCE_DAYS * DAY)])
    rows = rows[rows["obtained_at"] <= world.end]
    keys = ["customer_id", "attribute", "obtained_at"]
    return rows.sort_values(keys, kind="stable", ignore_index=True)


def _values(
    who: Texts,
    obtained: Ints,
    attribute: tuple[str, str, tuple[str, ...], tuple[float, ...]],
    rng: np.random.Generator,
) -> pd.DataFrame:
    name, provider, values, shares = attribute
    return pd.DataFrame(
        {
            "customer_id": who,
            "attribute": name,
            "value": rng.choice(np.array(values, dtype=object), len(who), p=shares),
            "provider": provider,
            "obtained_at": obtained,
            "expires_at": obtained + LICENCE_DAYS * DAY,
        }
    )
