"""What a customer will spend: buy-till-you-die, corrected by LightGBM trees."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bundle.models import TreeModel
from decisioning.customers.value import VALUE_COLUMNS, BuyTillYouDie
from decisioning.estimates import Amount

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CorrectedValue:
    """A `BuyTillYouDie` whose totals are multiplied by what trees read in other columns.

    Parameters
    ----------
    columns
        Names of the trees' inputs, `VALUE_COLUMNS` among them.
    text
        uint8 (bytes,): LightGBM text of the factor.
    purchases, amounts, horizon_days, habit, scale, spread, strangers
        As in `BuyTillYouDie`.
    """

    columns: tuple[str, ...]
    text: NDArray[np.uint8]
    purchases: Floats
    amounts: Floats
    horizon_days: float
    habit: float
    scale: float
    spread: float
    strangers: Floats

    @classmethod
    def of(
        cls, columns: tuple[str, ...], trees: TreeModel, base: BuyTillYouDie
    ) -> "CorrectedValue":
        """Put a correction upon a model."""
        return cls(
            columns,
            np.frombuffer(trees.text.encode(), dtype=np.uint8),
            base.purchases,
            base.amounts,
            base.horizon_days,
            base.habit,
            base.scale,
            base.spread,
            base.strangers,
        )

    def predict(self, x: Floats) -> Amount:
        """Return the spend expected of each customer, see `decisioning.estimates`."""
        said = self._base.corrected(x[:, self._places], self._trees(x))
        nothing = np.isnan(x).all(axis=1)
        # A customer of whom other columns are known is a stranger to the base, not to us.
        mean, low, high = (
            np.where(np.isnan(part) & ~nothing, stranger, part)
            for part, stranger in zip((said.mean, said.low, said.high), self.strangers, strict=True)
        )
        return Amount(mean, low, high)

    @cached_property
    def _trees(self) -> TreeModel:
        return TreeModel(self.text.tobytes().decode())

    @cached_property
    def _places(self) -> list[int]:
        return [self.columns.index(name) for name in VALUE_COLUMNS]

    @cached_property
    def _base(self) -> BuyTillYouDie:
        return BuyTillYouDie(
            VALUE_COLUMNS,
            self.purchases,
            self.amounts,
            self.horizon_days,
            self.habit,
            self.scale,
            self.spread,
            self.strangers,
        )
