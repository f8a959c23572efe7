"""What customers have bought since they entered a trial, look by look."""

from collections.abc import Sequence

import duckdb
import numpy as np
import pandas as pd

from training.experiments.trial import Floats, Ints

_BOUGHT = """
select w.row, t.purchased_at, t.amount / 100.0 as amount
from transactions t join entered_trial w using (customer_id)
where t.purchased_at >= w.entered and t.purchased_at < $end and t.amount is not null
"""


def spend_by_look(
    con: duckdb.DuckDBPyConnection, customers: Sequence[str], entered: Ints, looks: Ints
) -> Floats:
    """Add up what each customer spent from their entry up to each look.

    Parameters
    ----------
    con
        See :func:`features.tables.open_tables`.
    customers
        Ids, length m; each once.
    entered
        int64 (m,): epoch seconds UTC from which purchases count.
    looks
        int64 (looks,): moments, ascending; purchases strictly before a look count for it.

    Returns
    -------
    float64 (m, looks), in the shop's currency, after discounts; returned goods are not taken off.
    """
    who = pd.DataFrame({"customer_id": list(customers), "entered": entered})
    con.register("entered_trial", who.assign(row=np.arange(len(who))))
    bought = con.execute(_BOUGHT, {"end": int(looks[-1])}).df()
    con.unregister("entered_trial")
    # The first look that a purchase counts for lies strictly after it.
    look = np.searchsorted(looks, bought["purchased_at"].to_numpy(np.int64), side="right")
    spent = np.zeros((len(who), looks.size))
    np.add.at(spent, (bought["row"].to_numpy(np.int64), look), bought["amount"].to_numpy(float))
    return np.asarray(spent.cumsum(axis=1))
