"""The stock gate: in stock here, fresh enough, or not offered."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.policy import Policy
from decisioning.reasons import CODE, PASSED

IN_STOCK: Final = 0
OUT_OF_STOCK: Final = 1
DISCONTINUED: Final = 2
UNKNOWN: Final = -1
_NEVER: Final = 2**62
"""Later than any moment."""
STATUS: Final = {"in_stock": IN_STOCK, "out_of_stock": OUT_OF_STOCK, "discontinued": DISCONTINUED}


@dataclass(frozen=True)
class StockView:
    """Stock of one location.

    Parameters
    ----------
    location_id
        Which location; empty when none serves the request, and then all is unknown.
    quantity
        float32 array (n_items,), units; NaN unknown.
    status
        int8 array (n_items,): one of `STATUS`, `UNKNOWN` where no figure is held.
    as_of
        int64 array (n_items,), epoch seconds UTC of each figure.
    """

    location_id: str
    quantity: NDArray[np.float32]
    status: NDArray[np.int8]
    as_of: NDArray[np.int64]

    @staticmethod
    def unknown(n_items: int) -> "StockView":
        """Return a location of which nothing is known."""
        return StockView(
            "",
            np.full(n_items, np.nan, dtype=np.float32),
            np.full(n_items, UNKNOWN, dtype=np.int8),
            np.zeros(n_items, dtype=np.int64),
        )


def stock_gate(
    stock: StockView, discontinued: NDArray[np.bool_], policy: Policy, as_of: int
) -> NDArray[np.int16]:
    """Gate every item of the catalogue at one location.

    Parameters
    ----------
    discontinued
        bool array (n_items,): no longer sold anywhere, by the catalogue.
    as_of
        The moment of the decision, epoch seconds UTC.

    Returns
    -------
    int16 array (n_items,), positions in ``REASONS``. Later lines are the stronger reasons.
    """
    oldest = as_of - policy.stock_max_age_s
    sellable = (stock.status == IN_STOCK) & (stock.quantity > policy.stock_reserve)
    sellable &= stock.as_of >= oldest
    sellable &= ~discontinued
    verdict = np.full(stock.status.shape, PASSED, dtype=np.int16)
    # Most of a catalogue can be sold; why not is asked of the rest.
    rest = np.flatnonzero(~sellable)
    quantity, status = stock.quantity[rest], stock.status[rest]
    why = np.full(rest.shape, PASSED, dtype=np.int16)
    why[~(quantity > policy.stock_reserve)] = CODE["out_of_stock"]
    why[np.isnan(quantity)] = CODE["stock_unknown"]
    why[status == OUT_OF_STOCK] = CODE["out_of_stock"]
    why[stock.as_of[rest] < oldest] = CODE["stock_stale"]
    why[status == UNKNOWN] = CODE["stock_unknown"]
    why[(status == DISCONTINUED) | discontinued[rest]] = CODE["discontinued"]
    verdict[rest] = why
    return verdict


@dataclass(frozen=True)
class StockVerdicts:
    """What the stock gate says of every item, and what it was said on.

    Parameters
    ----------
    verdict
        int16 (n_items,), read only: positions in ``REASONS``.
    stock, discontinued, policy
        The gate's inputs. Arrays that are written to later are not the same stock any more: who
        writes makes a new `StockView` of them.
    since, until
        From the moment of the gate to the last one at which no further figure is too old.
    """

    verdict: NDArray[np.int16]
    stock: StockView
    discontinued: NDArray[np.bool_]
    policy: Policy
    since: int
    until: int

    @classmethod
    def of(
        cls, stock: StockView, discontinued: NDArray[np.bool_], policy: Policy, as_of: int
    ) -> "StockVerdicts":
        """Gate every item, as `stock_gate` does."""
        return cls._of(
            stock_gate(stock, discontinued, policy, as_of), stock, discontinued, policy, as_of
        )

    @classmethod
    def _of(
        cls,
        verdict: NDArray[np.int16],
        stock: StockView,
        discontinued: NDArray[np.bool_],
        policy: Policy,
        as_of: int,
    ) -> "StockVerdicts":
        verdict.flags.writeable = False
        oldest = as_of - policy.stock_max_age_s
        # The age of figures that are too old already is no matter.
        next_one = np.min(stock.as_of, initial=_NEVER, where=stock.as_of >= oldest)
        until = int(next_one) + policy.stock_max_age_s
        return cls(verdict, stock, discontinued, policy, as_of, until)

    def at(self, as_of: int) -> "StockVerdicts":
        """Return what the gate says at a later moment: of what grew too old, it is asked again."""
        age = self.policy.stock_max_age_s
        aged = np.flatnonzero(
            (self.stock.as_of < as_of - age) & (self.stock.as_of >= self.since - age)
        )
        verdict, stock = self.verdict.copy(), self.stock
        part = StockView(
            stock.location_id, stock.quantity[aged], stock.status[aged], stock.as_of[aged]
        )
        verdict[aged] = stock_gate(part, self.discontinued[aged], self.policy, as_of)
        return self._of(verdict, stock, self.discontinued, self.policy, as_of)

    def like(self, before: "StockVerdicts") -> "StockVerdicts":
        """Return these, with the very array of earlier ones that say the same of every item."""
        if not np.array_equal(self.verdict, before.verdict):
            return self
        return replace(self, verdict=before.verdict)

    def of_same(
        self, stock: StockView, discontinued: NDArray[np.bool_], policy: Policy, as_of: int
    ) -> bool:
        """Tell whether these are the gate's inputs, at this moment or earlier.

        Whenever that is not sure, they are not.
        """
        same = self.stock is stock and self.discontinued is discontinued and self.policy is policy
        return same and self.since <= as_of


def kept_verdicts(
    kept: StockVerdicts | None,
    stock: StockView,
    discontinued: NDArray[np.bool_],
    policy: Policy,
    as_of: int,
) -> StockVerdicts:
    """Return what the gate says, from what was kept of an earlier moment as far as it holds."""
    if kept is None or not kept.of_same(stock, discontinued, policy, as_of):
        return StockVerdicts.of(stock, discontinued, policy, as_of)
    return kept if as_of <= kept.until else kept.at(as_of)
