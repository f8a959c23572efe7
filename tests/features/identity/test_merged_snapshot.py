"""The snapshot of a person is that of one customer who did everything."""

from collections.abc import Callable

import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from features.columns import CUSTOMER_ID
from features.snapshot import build_snapshot

DAY = 86_400
START = 1_600_000_000
LINKED = START + 200 * DAY
AS_OF = START + 300 * DAY
Frames = dict[str, pd.DataFrame]
Opened = Callable[[Frames], DuckDBPyConnection]
ONE, OTHER = "c05", "c06"  # of the shop's customers that grant everything


def linking(frames: Frames, kind: str, *customers: str) -> Frames:
    rows = pd.DataFrame(
        {
            "identifier_type": kind, "value": "of-both", "customer_id": list(customers),
            "observed_at": LINKED, "source": "test",
        }
    )  # fmt: skip
    return {**frames, "identifiers": pd.concat([frames["identifiers"], rows])}


def rewritten(frames: Frames, old: str, new: str) -> Frames:
    """Every row of ``old`` as one of ``new``; of the customers, the rows of ``new``."""
    moved = {}
    for name, frame in frames.items():
        if name == "customers":
            moved[name] = frame[frame[CUSTOMER_ID] != old]
        elif CUSTOMER_ID in frame:
            ids = frame[CUSTOMER_ID].where(frame[CUSTOMER_ID] != old, new)
            moved[name] = frame.assign(**{CUSTOMER_ID: ids})
        else:
            moved[name] = frame
    return moved


def declaring_the_same(customers: pd.DataFrame, old: str, new: str) -> pd.DataFrame:
    others = customers[customers[CUSTOMER_ID] != old]
    row = others[others[CUSTOMER_ID] == new].assign(**{CUSTOMER_ID: old})
    return pd.concat([others, row], ignore_index=True)


def standing(frames: Frames) -> tuple[str, str]:
    """(merged, standing): who of the two is seen first in the data."""
    first = {
        c: min(frames["transactions"].query("customer_id == @c")["purchased_at"].min(),
               frames["identifiers"].query("customer_id == @c")["observed_at"].min())
        for c in (ONE, OTHER)
    }  # fmt: skip
    return (OTHER, ONE) if first[ONE] <= first[OTHER] else (ONE, OTHER)


def test_two_customers_joined_are_one_row_of_everything(opened: Opened, shop: Frames) -> None:
    old, new = standing(shop)
    frames = {**shop, "customers": declaring_the_same(shop["customers"], old, new)}
    joined = build_snapshot(opened(linking(frames, "email_sha256", ONE, OTHER)), [LINKED, AS_OF])
    alone = build_snapshot(opened(frames), [LINKED])
    moved = build_snapshot(opened(rewritten(frames, old, new)), [AS_OF])
    got = joined.to_pandas()
    pd.testing.assert_frame_equal(  # not known yet at the moment of the link itself
        got[got["as_of"] == LINKED].reset_index(drop=True), alone.to_pandas()
    )
    pd.testing.assert_frame_equal(
        got[got["as_of"] == AS_OF].reset_index(drop=True), moved.to_pandas()
    )


@pytest.mark.parametrize(("kind", "sessions"), [("cookie", True), ("loyalty_card", False)])
def test_a_visitors_events_are_the_customers_after_the_link_only(
    opened: Opened, shop: Frames, kind: str, sessions: bool
) -> None:
    frames = {
        **shop,
        "events": shop["events"].assign(visitor_id="of-both", occurred_at=LINKED - DAY),
    }
    con = opened(linking(frames, kind, ONE))
    table = build_snapshot(con, [LINKED, LINKED + 1]).to_pandas()
    found = table[table["customer_id"] == ONE].set_index("as_of")["sessions_30d"]
    assert found[LINKED] == 0
    assert bool(found[LINKED + 1] > 0) is sessions
