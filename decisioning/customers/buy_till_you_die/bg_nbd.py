"""BG/NBD and MBG/NBD: a customer may leave after a purchase, and only then.

Fader, Hardie & Lee (2005); in the modified one (Batislam, Denizel & Filiztekin 2007) a customer
may also leave right after the first purchase. A customer's rate is Gamma(r, alpha), the chance of
leaving after each purchase Beta(a, b).

The expectation's hypergeometric function is taken after Euler's transformation, whose parameters
do not grow with the number of purchases: 2F1(r + x, b + x; a + b + x - 1; z) overflows for a
customer who buys twice a week.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, gammaln, hyp2f1

from decisioning.customers.buy_till_you_die.histories import Histories

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BGNBD:
    """A fitted BG/NBD or MBG/NBD; the unit of time is that of the histories.

    Parameters
    ----------
    r, alpha
        Shape and rate of the Gamma distribution of purchase rates.
    a, b
        Of the Beta distribution of the chance of leaving after a purchase.
    modified
        Whether a customer may leave after the first purchase too.
    """

    r: float
    alpha: float
    a: float
    b: float
    modified: bool = False

    def log_likelihood(self, histories: Histories) -> Floats:
        """Return each customer's log-likelihood, float64 (m,)."""
        stayed, left = self._parts(histories)
        return np.asarray(np.logaddexp(stayed, left))

    def alive(self, histories: Histories) -> Floats:
        """Return the probability that each customer still buys, float64 (m,) in [0, 1]."""
        stayed, left = self._parts(histories)
        return np.asarray(np.exp(stayed - np.logaddexp(stayed, left)))

    def expected(self, histories: Histories, horizon: float) -> Floats:
        """Return the purchases expected within ``horizon`` from now, float64 (m,)."""
        x, late = histories.frequency, self.alpha + histories.age
        b = self.b + self.modified
        # At a = 1 the expression is 0 / 0 and smooth.
        a = self.a if abs(self.a - 1.0) > 1e-6 else 1.0 + 1e-6
        z = horizon / (late + horizon)
        stays = (late / (late + horizon)) ** (a - 1.0)
        stays = stays * hyp2f1(a + b - 1.0 - self.r, a - 1.0, a + b + x - 1.0, z)
        return np.asarray(self.alive(histories) * (a + b + x - 1.0) / (a - 1.0) * (1.0 - stays))

    def _parts(self, histories: Histories) -> tuple[Floats, Floats]:
        """Return the log-likelihood with the customer still there, and with them gone."""
        x = histories.frequency
        drops = x + 1.0 if self.modified else x
        base = gammaln(self.r + x) - gammaln(self.r) + self.r * np.log(self.alpha)
        base -= betaln(self.a, self.b)
        stayed = base + betaln(self.a, self.b + drops)
        stayed -= (self.r + x) * np.log(self.alpha + histories.age)
        # Never a chance to leave: the place of 0 purchases is taken by any, and ruled out.
        may_leave = drops > 0
        left = base + betaln(self.a + 1.0, self.b + np.where(may_leave, drops, 1.0) - 1.0)
        left -= (self.r + x) * np.log(self.alpha + histories.recency)
        return stayed, np.where(may_leave, left, -np.inf)
