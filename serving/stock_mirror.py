"""Stock in memory, never older than the last committed update of any process.

Before each decision the mirror asks the store what changed since it last asked; most often the
answer is nothing, at the price of one indexed read.
"""

from collections import defaultdict
from dataclasses import replace
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from decisioning.policy import Policy
from decisioning.stock import STATUS, StockVerdicts, StockView, kept_verdicts
from features.ids import IdMap
from serving.stores.ports import StockRow, StockStore


class StockMirror:
    """Arrays of stock by location, kept in step with the store.

    Parameters
    ----------
    store
        The stock store.
    items
        The catalogue's items; figures of other items are not offered and not kept.
    """

    def __init__(self, store: StockStore, items: IdMap) -> None:
        self._store = store
        self._items = items
        self._sequence = 0
        self._stamp: object = None
        self._views: dict[str, StockView] = {}
        self._unknown = StockView.unknown(len(items))
        self._verdicts: dict[str, StockVerdicts] = {}
        self._lock = Lock()

    def refresh(self, stamp: object = None) -> None:
        """Pull what changed. Must be called before every decision.

        Parameters
        ----------
        stamp
            The store's own of the stock, taken just now: nothing is read where it is still the
            one of the last time. None always reads.
        """
        # Of two threads, the one that read later must also write later.
        with self._lock:
            if stamp is None or stamp != self._stamp:
                self._pull()
                self._stamp = stamp

    def _pull(self) -> None:
        rows, self._sequence = self._store.changes_since(self._sequence)
        if not rows:
            return
        by_location: dict[str, list[StockRow]] = defaultdict(list)
        for row in rows:
            by_location[row.location_id].append(row)
        for location, changed in by_location.items():
            self._apply(location, changed)

    def view(self, location_id: str) -> StockView:
        """Return the stock of a location; all unknown where we hold none."""
        return self._views.get(location_id, self._unknown)

    def verdicts(
        self, location_id: str, discontinued: NDArray[np.bool_], policy: Policy, as_of: int
    ) -> NDArray[np.int16]:
        """Return what the stock gate says of every item at a location, int16 (n_items,), read only.

        Kept until a figure of the location changes or grows too old, or a gate of another policy
        or catalogue is asked for; the same array as long as it says the same.
        """
        view = self.view(location_id)
        # Of places we hold nothing of, requests may name any number.
        before = self._verdicts.get(view.location_id)
        kept = kept_verdicts(before, view, discontinued, policy, as_of)
        if before is not None and kept is not before:
            kept = kept.like(before)
        self._verdicts[view.location_id] = kept
        return kept.verdict

    def _apply(self, location: str, rows: list[StockRow]) -> None:
        if location not in self._views:
            unknown = StockView.unknown(len(self._items))
            self._views[location] = StockView(
                location, unknown.quantity, unknown.status, unknown.as_of
            )
        # Another view of the same arrays: verdicts on the one before it hold no longer.
        view = self._views[location] = replace(self._views[location])
        index = self._items.index_of([row.item_id for row in rows])
        kept = index >= 0
        view.quantity[index[kept]] = np.array([r.quantity for r in rows], dtype=np.float32)[kept]
        status = np.array([STATUS[r.status] for r in rows], dtype=np.int8)
        view.status[index[kept]] = status[kept]
        view.as_of[index[kept]] = np.array([r.as_of for r in rows], dtype=np.int64)[kept]
