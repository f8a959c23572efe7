"""Objection to profiling, as statements in the consent ledger."""

from collections.abc import Collection

from serving.stores.opening import Stores
from serving.stores.ports import ConsentRow

ANY = "any"
OBJECTED = "withdrawn"


def object_to_profiling(
    stores: Stores, customer_id: str, purposes: Collection[str], source: str, now: int
) -> int:
    """Withdraw purposes on every channel; return how many statements that took.

    Parameters
    ----------
    now
        Epoch seconds UTC: a refusal binds at once.
    """
    said = stores.consents.for_customers([customer_id])
    # Later than a grant whose sender's clock was ahead, or that grant would win one day.
    at = max([now, *(row.recorded_at for row in said if row.purpose in purposes)])
    rows = [
        ConsentRow(customer_id, purpose, ANY, OBJECTED, at, None, source)
        for purpose in dict.fromkeys(purposes)
    ]
    return stores.consents.append(rows)
