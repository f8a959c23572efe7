"""What a customer will spend: buy-till-you-die, corrected by LightGBM trees."""

from dataclasses import dataclass

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
    base
        What is corrected.
    trees
        The factor.
    """

    columns: tuple[str, ...]
    base: BuyTillYouDie
    trees: TreeModel

    def predict(self, x: Floats) -> Amount:
        """Return the spend expected of each customer, see `decisioning.estimates`."""
        places = [self.columns.index(name) for name in VALUE_COLUMNS]
        said = self.base.corrected(x[:, places], self.trees(x))
        # A customer of whom other columns are known is a stranger to the base, not unknown to us.
        strange = np.isnan(said.mean) & ~np.isnan(x).all(axis=1)
        mean, low, high = (
            np.where(strange, stranger, part)
            for part, stranger in zip(
                (said.mean, said.low, said.high), self.base.strangers, strict=True
            )
        )
        return Amount(mean, low, high)
