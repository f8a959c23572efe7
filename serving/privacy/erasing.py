"""Erasure: first what decides about the person, at once; then every file; then the receipt.

From the first write on the person's names are on the list of erased ones: no decision uses them,
no event or consent brings them back, and an ingestion leaves them out. Everything after it can be
done again without harm, by the same request, by ``nextbest erase`` or by ``nextbest retain``.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Final

from features.erasure.names import Names
from features.errors import NextbestError
from serving.privacy.erased import unknown_customer
from serving.privacy.home import Counts, Home, store_names
from serving.stores.ports import ErasureRow

Receipt = dict[str, Any]
WAIT_S: Final = 5.0
"""How long a request waits for an ingestion that is at work."""
_POLL_S: Final = 0.2
_AT_WORK: Final = "Files are being written; the same request again gives the receipt."
_REMAINING: Final = (
    {
        "what": "decision_statistics",
        "why": "Counts by day of what was decided and what came of it; they name nobody.",
    },
    {
        "what": "audit",
        "why": "Who saw or changed this person's data, by keyed hash: proof that the law asks for.",
    },
    {
        "what": "erasures",
        "why": "Keyed hashes of the person's names, so that their sources do not bring them back.",
    },
    {
        "what": "models",
        "why": "What was learned from many persons together (trees, factors of items, counts); "
        "no row of it is this person's, and the next training leaves them out.",
    },
)
_ELSEWHERE: Final = {
    "what": "registry",
    "why": "The model registry is not in this home: delete its versions, or erase there.",
}


@dataclass(frozen=True)
class Eraser:
    """Erases persons from an installation.

    Parameters
    ----------
    home
        What holds them.
    clock
        Epoch seconds UTC.
    new_id
        Returns an id never given before.
    """

    home: Home
    clock: Callable[[], int]
    new_id: Callable[[], str]

    def erase(self, customer_id: str, wait_s: float = WAIT_S) -> Receipt:
        """Erase a person, or return the receipt of their erasure.

        Raises
        ------
        Problem
            404, when nothing is held of them and nothing was.
        StoreUnavailableError
            If the store cannot be written; nothing was changed then, or all of it stands.
        """
        stores, now = self.home.stores, self.clock()
        before = stores.erasures.of_subject(stores.pseudonyms.of(customer_id))
        if before is not None and before.completed_at is not None:
            return _read(before)
        names = self.home.names(customer_id, now)
        if before is None:
            if not self.home.holds(names):
                raise unknown_customer(customer_id)
            before = self._begin(customer_id, names, now)
        return self._work(before, names, wait_s)

    def erase_within(self, customer_id: str, seconds: float) -> Receipt:
        """Erase a person; where it takes longer, return the receipt as it stands, and go on.

        Parameters
        ----------
        seconds
            How long the caller waits. The store is done by then, or they wait for it.
        """
        stores = self.home.stores
        subject = stores.pseudonyms.of(customer_id)
        pool = ThreadPoolExecutor(1, thread_name_prefix="nextbest-erasure")
        work = pool.submit(self.erase, customer_id)
        pool.shutdown(wait=False)
        while True:
            done, _ = wait([work], seconds)
            if done:
                return work.result()
            row = stores.erasures.of_subject(subject)
            if row is not None and "store" in json.loads(row.receipt)["removed"]:
                return _read(row)
            seconds = _POLL_S

    def pending(self) -> list[Receipt]:
        """Return the receipts of which something is left to do."""
        return [_read(row) for row in self.home.stores.erasures.pending()]

    def finish(self, wait_s: float = WAIT_S) -> list[Receipt]:
        """Do what is left of erasures that were cut short; return their receipts."""
        rows = self.home.stores.erasures.pending()
        if not rows:
            return []
        names = self.home.left_behind()
        # Whose is whose cannot be told any more, and need not be: all of them are to go.
        return [self._work(row, names, wait_s) for row in rows]

    def _begin(self, customer_id: str, names: Names, now: int) -> ErasureRow:
        stores = self.home.stores
        subject = stores.pseudonyms.of(customer_id)
        others = sorted({stores.pseudonyms.of(key) for key in names.keys} - {subject})
        row = ErasureRow(self.new_id(), subject, now, None, json.dumps({"removed": {}}))
        stores.erasures.begin(row, others)
        return row

    def _work(self, row: ErasureRow, names: Names, wait_s: float) -> Receipt:
        stores = self.home.stores
        removed = {k: Counter(v) for k, v in json.loads(row.receipt)["removed"].items()}
        _add(removed, {"store": stores.personal.remove(store_names(names))})
        self._keep(row, removed, None, _AT_WORK)
        left = ""
        try:
            _add(removed, self.home.erase_files(names, wait_s))
        except NextbestError as error:
            left = f"{error.message} It is finished by `nextbest retain`."
        # What a decision wrote that began before the erasure and ended after it.
        _add(removed, {"store": stores.personal.remove(store_names(names))})
        pages = stores.personal.scrub()
        return self._keep(row, removed, None if left else self.clock(), left or pages)

    def _keep(
        self, row: ErasureRow, removed: Mapping[str, Counts], done: int | None, note: str
    ) -> Receipt:
        settings = self.home.settings
        local = settings is None or settings.tracking_uri.startswith(("sqlite:", "file:"))
        told = {
            "removed": {part: dict(counts) for part, counts in removed.items()},
            "database": note if done else "",
            "pending": "" if done else note,
            "remaining": [*_REMAINING, *(() if local else (_ELSEWHERE,))],
        }
        self.home.stores.erasures.finish(row.erasure_id, done, json.dumps(told))
        return _read(row._replace(completed_at=done, receipt=json.dumps(told)))


def _add(removed: dict[str, Counter[str]], more: Mapping[str, Counts]) -> None:
    for part, counts in more.items():
        total = removed.setdefault(part, Counter())
        total.update({name: n for name, n in counts.items() if n})


def _read(row: ErasureRow) -> Receipt:
    told = json.loads(row.receipt)
    return {
        "erasure_id": row.erasure_id,
        "status": "completed" if row.completed_at is not None else "pending",
        "requested_at": row.requested_at,
        "completed_at": row.completed_at,
        "removed": {part: counts for part, counts in told["removed"].items() if counts},
        "database": told.get("database", ""),
        "pending": told.get("pending", ""),
        "remaining": told.get("remaining", []),
    }
