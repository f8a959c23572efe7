"""Gamma-Gamma: what one purchase of a customer is worth (Fader & Hardie 2013).

Amounts are Gamma(p, v), v a customer's own and Gamma(q, g) among customers. Few purchases draw a
customer's mean towards everybody's.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Worth:
    """A purchase of each customer, as known now; each float64 (m,).

    Parameters
    ----------
    mean
        Expected amount.
    within
        Variance of one purchase about the customer's own mean.
    between
        Variance of what is not known of that mean.
    """

    mean: Floats
    within: Floats
    between: Floats


@dataclass(frozen=True)
class GammaGamma:
    """A fitted Gamma-Gamma.

    Parameters
    ----------
    p
        Shape of a customer's amounts.
    q, g
        Shape and rate of the Gamma distribution of their rates; q above 2, so that the variance
        among customers is finite.
    """

    p: float
    q: float
    g: float

    def log_likelihood(self, purchases: Floats, mean: Floats) -> Floats:
        """Return each customer's log-likelihood, float64 (m,); all above 0."""
        n = self.p * purchases
        total = purchases * mean
        found = gammaln(n + self.q) - gammaln(n) - gammaln(self.q) + self.q * np.log(self.g)
        found += (n - 1.0) * np.log(mean) + n * np.log(purchases)
        return np.asarray(found - (n + self.q) * np.log(self.g + total))

    def worth(self, purchases: Floats, total: Floats) -> Worth:
        """Return what is known of a purchase of each customer.

        Parameters
        ----------
        purchases, total
            float64 (m,): how many, and their amounts together; 0 and 0 for a stranger.
        """
        shape = self.q + self.p * purchases
        rate = self.g + total
        mean = self.p * rate / (shape - 1.0)
        square = mean * rate / (shape - 2.0)
        return Worth(mean, square, mean**2 / (shape - 2.0))
